// What every script of openid-client shares: applications registered through the Management API, a person who signs
// in, and a report of named checks.
//
// Settings: {issuer, management: {client_id, client_secret}, connection_id, answers: {email, password}}
// Tells:    {checks: [{name, ok, detail?}]}; exit code 1 when one failed.
import { isDeepStrictEqual } from 'node:util';
import * as oidc from 'openid-client';
import * as jose from 'jose';
import { Browser } from '../browser.mjs';
import { endWithParent, settings, tell } from '../node_script.mjs';

export { oidc, jose };
export const { issuer, answers } = settings;
/** Where applications are sent answers. Nothing listens there; it is another site than the hub. */
export const redirect_uri = 'http://127.0.0.1:1/callback';

endWithParent();

const checks = [];

class Unexpected extends Error {}

export function must(condition, message) {
  if (!condition) throw new Unexpected(message);
}

export function mustEqual(found, expected, what) {
  must(isDeepStrictEqual(found, expected), `${what} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
}

/** Everything an error says, with what the hub answered. */
function describe(error) {
  const { name, message, cause } = error;
  const more = cause instanceof Error ? cause.message : JSON.stringify(cause);
  return [`${name}: ${message}`, error.error, error.error_description, more].filter(Boolean).join(' / ');
}

export async function check(name, promise) {
  try {
    await promise();
    checks.push({ name, ok: true });
  } catch (error) {
    checks.push({ name, ok: false, detail: describe(error) });
  }
}

/** Reports, and ends this process. */
export function finish() {
  tell({ checks });
  process.exitCode = checks.every(({ ok }) => ok) ? 0 : 1;
  process.stdin.destroy();
}

/** Ends where a script cannot go on: the check that failed is the only one left to report. */
process.on('uncaughtException', (error) => {
  checks.push({ name: 'the script runs to its end', ok: false, detail: describe(error) });
  tell({ checks });
  process.exit(1);
});

/** The error that `promise` must end with, as openid-client knows it. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Unexpected('it succeeded');
}

/** The OAuth error code that `promise` must end with. */
export async function mustFail(promise, code) {
  const error = await failure(promise);
  must(error.error === code, `${code} was due, but ${describe(error)} came`);
}

let managementToken;

/** A call of the Management API. */
export async function manage(method, path, body) {
  if (!managementToken) {
    const form = { grant_type: 'client_credentials', ...settings.management, audience: `${issuer}api/v2/` };
    const response = await fetch(`${issuer}oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
    managementToken = (await response.json()).access_token;
  }
  const response = await fetch(`${issuer}api/v2/${path}`, {
    method,
    headers: { authorization: `Bearer ${managementToken}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  must(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** Registers an application and opens the connection to it. */
export async function register(application = {}) {
  const made = await manage('POST', 'clients', { name: 'openid-client', callbacks: [redirect_uri], ...application });
  await manage('PATCH', `connections/${settings.connection_id}/clients`, [{ client_id: made.client_id, status: true }]);
  return made;
}

/** The library's configuration for `client`, by discovery. */
export async function configure(client, authentication = oidc.ClientSecretPost(client.client_secret), metadata = {}) {
  const known = { client_secret: client.client_secret, ...metadata };
  const config = await oidc.discovery(new URL(issuer), client.client_id, known, authentication, {
    execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
  });
  // Without this the library trusts the connection to the token endpoint and skips the signature.
  oidc.enableNonRepudiationChecks(config);
  return config;
}

/** Registers an application, and configures the library for it. */
export async function application(registration, authentication, metadata) {
  const client = await register(registration);
  return { client, config: await configure(client, authentication?.(client.client_secret), metadata) };
}

/** A browser that stops where the application takes over. */
export function browser() {
  return new Browser({ stopAt: (url) => url.startsWith(redirect_uri) });
}

/** Parameters of a new authorization request, and what to check its answer against. */
export async function request(extra = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedNonce = oidc.randomNonce();
  const expectedState = oidc.randomState();
  const parameters = {
    redirect_uri,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    nonce: expectedNonce,
    state: expectedState,
    ...extra,
  };
  return { parameters, asked: { pkceCodeVerifier, expectedNonce, expectedState } };
}

/** The browser where the person is signed in, once somebody walked with it: passwords are typed sparingly. */
export const member = browser();

/** Walks from `url` to the answer: an address, or the request that a form made. */
export async function walk(url, walker = member) {
  const page = await walker.walk(url.href, answers);
  must(page.stopped, `the walk ended at ${page.url} (${page.status}): ${textOf(page)}`);
  if (!page.form) return new URL(page.url);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return new Request(page.url, { method: 'POST', body: page.form, headers });
}

/** What a person reads on a page. */
export function textOf(page) {
  return page.text
    .replaceAll(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 400);
}

/** One authorization request by query, walked to its answer. */
export async function authorize(config, { walker, ...extra } = {}) {
  const { parameters, asked } = await request(extra);
  const answer = await walk(oidc.buildAuthorizationUrl(config, parameters), walker);
  return { answer, asked };
}

/** A whole sign-in: the tokens. */
export async function signIn(config, extra) {
  const { answer, asked } = await authorize(config, extra);
  return oidc.authorizationCodeGrant(config, answer, asked);
}

/** The tokens are an honest answer to `client` about the person who signs in. */
export function wellFormed(tokens, client) {
  const claims = tokens.claims();
  mustEqual(claims.iss, issuer, 'iss');
  mustEqual(claims.aud, client.client_id, 'aud');
  must(typeof claims.sub === 'string' && claims.sub !== '', 'sub is empty');
  mustEqual(claims.email, answers.email, 'email');
  must(typeof claims.sid === 'string', 'no sid');
  must(Number.isInteger(claims.auth_time), `auth_time is ${claims.auth_time}`);
  must(tokens.expires_in > 0, `expires_in is ${tokens.expires_in}`);
  return claims;
}

/** A key pair of an application: the library's private key, and the public half to register. */
export async function keyPair(alg, kid = `${alg}-key`) {
  const options = { extractable: true, ...(alg === 'EdDSA' ? { crv: 'Ed25519' } : {}) };
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, options);
  const jwk = { ...(await jose.exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { key: privateKey, kid, jwk, jwks: { keys: [jwk] } };
}

/** The claims of a JWT that the hub signed: its signature, issuer and times are verified. */
export async function verified(config, token, options = {}) {
  const keys = jose.createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  const { payload, protectedHeader } = await jose.jwtVerify(token, keys, { issuer, ...options });
  return { claims: payload, header: protectedHeader };
}
