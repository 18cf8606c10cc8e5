// A downstream application made of express-openid-connect. `/me` asks for a sign-in and shows the person as JSON,
// `/renew` refreshes and shows what came, `/logout` is the library's own.
//
// Settings: {host?, port?, tls?}
// Tells:    {base_url, jwks}, then reads one line {issuer, client_id, client_secret?, authorization?, options?,
//           signs_requests?, hears_of_logout?} and tells {ready: true}. `options` go to the library; `jwks` is the
//           public half of the key it uses for private_key_jwt and for request objects; with `hears_of_logout` it
//           takes logout tokens at `/backchannel-logout`.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import express from 'express';
import expressOpenidConnect from 'express-openid-connect';
import { listen, tell } from './node_script.mjs';

const { auth, requiresAuth } = expressOpenidConnect;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'of-the-application', alg: 'ES256', use: 'sig' }] };
const app = express();
const base_url = await listen(app);
tell({ base_url, jwks });

const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(0));
const [line] = await once(lines, 'line');
const { issuer, client_id, client_secret, authorization = {}, options = {}, signs_requests, hears_of_logout } =
  JSON.parse(line);
const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' };

/** Where the library keeps the logout tokens it took: an express-session store. */
class LogoutStore {
  #entries = new Map();

  get(id, done) {
    done(null, this.#entries.get(id));
  }

  set(id, entry, done) {
    this.#entries.set(id, entry);
    done(null);
  }

  destroy(id, done) {
    this.#entries.delete(id);
    done(null);
  }
}

app.use(
  auth({
    baseURL: base_url,
    issuerBaseURL: issuer,
    clientID: client_id,
    clientSecret: client_secret,
    clientAuthMethod: 'client_secret_post',
    secret: 'a secret of this test application alone',
    authRequired: false,
    idpLogout: true,
    authorizationParams: { response_type: 'code', scope: 'openid profile email', ...authorization },
    ...(options.clientAuthMethod === 'private_key_jwt' ? { clientAssertionSigningKey: key } : {}),
    ...(signs_requests
      ? { requestObjectSigningKey: key, requestObjectSigningAlg: 'ES256', requestObjectSigningKeyId: jwks.keys[0].kid }
      : {}),
    ...(hears_of_logout ? { backchannelLogout: { store: new LogoutStore() } } : {}),
    ...options,
  }),
);
app.get('/', (_request, response) => {
  response.send('nobody has to sign in here');
});
app.get('/me', requiresAuth(), (request, response) => {
  response.json(request.oidc.user);
});
app.get('/renew', requiresAuth(), async (request, response) => {
  const before = request.oidc;
  const [access, refresh] = [before.accessToken.access_token, before.refreshToken];
  await before.accessToken.refresh();
  response.json({
    user: await before.fetchUserInfo(),
    rotated: before.refreshToken !== refresh,
    another_access_token: before.accessToken.access_token !== access,
  });
});
app.use((error, _request, response, _next) => {
  response.status(500).json({ error: error.message, cause: String(error.cause?.message ?? error.cause ?? '') });
});
tell({ ready: true });
