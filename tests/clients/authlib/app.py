"""A downstream application made of Flask and Authlib.

/me asks for a sign-in by code and PKCE, and shows the claims of the verified ID token and UserInfo as JSON.
/renew refreshes, and shows the claims of the new ID token and what became of the refresh token.

Tells:  {"base_url"}, then reads one line {"issuer", "client_id", "client_secret", "scope"} and tells {"ready": true}.
"""

import json
import os
import sys
import threading

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session, url_for
from werkzeug.serving import make_server

app = Flask(__name__)
app.secret_key = os.urandom(32)
# Cookies ignore ports: other applications on this machine have a cookie named `session` too.
app.config["SESSION_COOKIE_NAME"] = "authlib_app"
oauth = OAuth(app)
tokens = {}


def tell(value):
    print(json.dumps(value), flush=True)


@app.get("/me")
def me():
    if "person" not in session:
        return oauth.hub.authorize_redirect(url_for("callback", _external=True))
    return session["person"]


@app.get("/callback")
def callback():
    # Checks state, sends the verifier, and verifies the ID token: signature, iss, aud, exp, nonce, at_hash.
    token = oauth.hub.authorize_access_token()
    claims = token["userinfo"]
    tokens[claims["sub"]] = token
    userinfo = oauth.hub.userinfo(token=token)
    session["person"] = {"claims": claims, "userinfo": userinfo, "refreshable": "refresh_token" in token}
    return redirect(url_for("me"))


@app.get("/renew")
def renew():
    claims = session["person"]["claims"]
    old = tokens[claims["sub"]]
    new = oauth.hub.fetch_access_token(grant_type="refresh_token", refresh_token=old["refresh_token"])
    tokens[claims["sub"]] = new
    again = oauth.hub.parse_id_token(new, nonce=None)
    userinfo = oauth.hub.userinfo(token=new)
    return {
        "claims": again,
        "userinfo": userinfo,
        "rotated": new["refresh_token"] != old["refresh_token"],
        "another_access_token": new["access_token"] != old["access_token"],
    }


@app.errorhandler(Exception)
def failed(error):
    return {"error": f"{type(error).__name__}: {error}"}, 500


server = make_server("127.0.0.1", 0, app, threaded=True)
tell({"base_url": f"http://127.0.0.1:{server.port}"})
settings = json.loads(sys.stdin.readline())
oauth.register(
    "hub",
    server_metadata_url=settings["issuer"] + ".well-known/openid-configuration",
    client_id=settings["client_id"],
    client_secret=settings["client_secret"],
    client_kwargs={"scope": settings["scope"], "code_challenge_method": "S256"},
)
threading.Thread(target=server.serve_forever, daemon=True).start()
tell({"ready": True})
# Ends with the test.
sys.stdin.read()
