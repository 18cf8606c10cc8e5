// A downstream application made of go-oidc and golang.org/x/oauth2.
//
// /me asks for a sign-in by code and PKCE, and shows the claims of the verified ID token and UserInfo as JSON.
// /renew refreshes, and shows the claims of the new ID token and what became of the refresh token.
//
// Tells: {"base_url"}, then reads one line {"issuer", "client_id", "client_secret", "scope"} and tells {"ready": true}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"crypto/rand"
	"encoding/base64"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type settings struct {
	Issuer       string `json:"issuer"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Scope        string `json:"scope"`
}

// What the application remembers of one browser.
type visitor struct {
	state, nonce, verifier string
	token                  *oauth2.Token
	person                 map[string]any
}

type application struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
	lock     sync.Mutex
	visitors map[string]*visitor
}

const cookieName = "go_oidc_app"

func random() string {
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func tell(value any) {
	line, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func (app *application) visitorOf(request *http.Request) *visitor {
	cookie, err := request.Cookie(cookieName)
	if err != nil {
		return nil
	}
	return app.visitors[cookie.Value]
}

func show(response http.ResponseWriter, value any) error {
	response.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(response).Encode(value)
}

func (app *application) me(response http.ResponseWriter, request *http.Request) error {
	if known := app.visitorOf(request); known != nil && known.person != nil {
		return show(response, known.person)
	}
	id := random()
	fresh := &visitor{state: random(), nonce: random(), verifier: oauth2.GenerateVerifier()}
	app.visitors[id] = fresh
	http.SetCookie(response, &http.Cookie{Name: cookieName, Value: id, Path: "/", HttpOnly: true})
	url := app.oauth.AuthCodeURL(fresh.state, oidc.Nonce(fresh.nonce), oauth2.S256ChallengeOption(fresh.verifier))
	http.Redirect(response, request, url, http.StatusFound)
	return nil
}

// The claims of the ID token in token: signature, iss, aud and exp by the library; nonce and at_hash as it advises.
func (app *application) claimsIn(ctx context.Context, token *oauth2.Token, nonce string) (map[string]any, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, errors.New("no id_token came")
	}
	idToken, err := app.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if nonce != "" && idToken.Nonce != nonce {
		return nil, fmt.Errorf("nonce is %q", idToken.Nonce)
	}
	if idToken.AccessTokenHash != "" {
		if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
			return nil, err
		}
	}
	claims := map[string]any{}
	return claims, idToken.Claims(&claims)
}

func (app *application) userinfo(ctx context.Context, token *oauth2.Token) (map[string]any, error) {
	info, err := app.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, err
	}
	claims := map[string]any{}
	return claims, info.Claims(&claims)
}

func (app *application) callback(response http.ResponseWriter, request *http.Request) error {
	ctx, query, asked := request.Context(), request.URL.Query(), app.visitorOf(request)
	if asked == nil || query.Get("state") != asked.state {
		return errors.New("an answer nobody asked for")
	}
	if code := query.Get("error"); code != "" {
		return fmt.Errorf("%s: %s", code, query.Get("error_description"))
	}
	token, err := app.oauth.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(asked.verifier))
	if err != nil {
		return err
	}
	claims, err := app.claimsIn(ctx, token, asked.nonce)
	if err != nil {
		return err
	}
	userinfo, err := app.userinfo(ctx, token)
	if err != nil {
		return err
	}
	asked.token = token
	asked.person = map[string]any{
		"claims": claims, "userinfo": userinfo, "refreshable": token.RefreshToken != "",
	}
	http.Redirect(response, request, "/me", http.StatusFound)
	return nil
}

func (app *application) renew(response http.ResponseWriter, request *http.Request) error {
	ctx, known := request.Context(), app.visitorOf(request)
	if known == nil || known.token == nil {
		return errors.New("nobody is signed in")
	}
	old := known.token
	// A token source refreshes what has no access token.
	token, err := app.oauth.TokenSource(ctx, &oauth2.Token{RefreshToken: old.RefreshToken}).Token()
	if err != nil {
		return err
	}
	known.token = token
	claims, err := app.claimsIn(ctx, token, "")
	if err != nil {
		return err
	}
	userinfo, err := app.userinfo(ctx, token)
	if err != nil {
		return err
	}
	return show(response, map[string]any{
		"claims":               claims,
		"userinfo":             userinfo,
		"rotated":              token.RefreshToken != old.RefreshToken,
		"another_access_token": token.AccessToken != old.AccessToken,
	})
}

// One request at a time, and failures as JSON.
func (app *application) page(answer func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		app.lock.Lock()
		defer app.lock.Unlock()
		if err := answer(response, request); err != nil {
			response.WriteHeader(http.StatusInternalServerError)
			_ = show(response, map[string]any{"error": err.Error()})
		}
	}
}

func run() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	baseURL := "http://" + listener.Addr().String()
	tell(map[string]any{"base_url": baseURL})
	lines := bufio.NewReader(os.Stdin)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	var told settings
	if err := json.Unmarshal(line, &told); err != nil {
		return err
	}
	provider, err := oidc.NewProvider(context.Background(), told.Issuer)
	if err != nil {
		return err
	}
	app := &application{
		provider: provider,
		verifier: provider.Verifier(&oidc.Config{ClientID: told.ClientID}),
		oauth: oauth2.Config{
			ClientID:     told.ClientID,
			ClientSecret: told.ClientSecret,
			RedirectURL:  baseURL + "/callback",
			Endpoint:     provider.Endpoint(),
			Scopes:       strings.Fields(told.Scope),
		},
		visitors: map[string]*visitor{},
	}
	http.HandleFunc("/me", app.page(app.me))
	http.HandleFunc("/callback", app.page(app.callback))
	http.HandleFunc("/renew", app.page(app.renew))
	go func() { _ = http.Serve(listener, nil) }()
	tell(map[string]any{"ready": true})
	// Ends with the test.
	_, err = io.Copy(io.Discard, lines)
	return err
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
