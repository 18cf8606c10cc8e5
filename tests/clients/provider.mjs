// An upstream provider: the certified oidc-provider, with two people and one client for each way of talking to it.
//
// Settings: {redirect_uris, host?, port?, tls?: {cert, key}, claims_in_id_token?: bool, jwks_uris?: {client: url},
//            groups?: {person: [name]}}
// Tells:    {issuer, clients: {name: {client_id, client_secret?}}}
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';
import { endWithParent, listen, settings, tell } from './node_script.mjs';

const { redirect_uris = [], claims_in_id_token = true, jwks_uris = {}, groups } = settings;

const people = {
  alice: { name: 'Alice Adams', given_name: 'Alice', family_name: 'Adams', locale: 'en' },
  bob: { name: 'Bob Brown', given_name: 'Bob', family_name: 'Brown', locale: 'fr' },
};

function account(id) {
  const person = people[id];
  if (!person) return undefined;
  return {
    accountId: id,
    claims: () => ({
      sub: id,
      email: `${id}@acme.example`,
      email_verified: true,
      preferred_username: id,
      updated_at: 1_700_000_000,
      ...person,
      ...(groups && { groups: groups[id] ?? [] }),
    }),
  };
}

function privateKey(alg, type, options) {
  const { privateKey: key } = generateKeyPairSync(type, options);
  return { ...key.export({ format: 'jwk' }), alg, use: 'sig' };
}

const secret = 'a long secret: 100% + more/of?it=&;';
const clients = {
  post: { token_endpoint_auth_method: 'client_secret_post', client_secret: secret },
  basic: { token_endpoint_auth_method: 'client_secret_basic', client_secret: secret },
  public: { token_endpoint_auth_method: 'none' },
  front: {
    token_endpoint_auth_method: 'none',
    response_types: ['id_token'],
    grant_types: ['implicit'],
  },
  ps256: { client_secret: secret, id_token_signed_response_alg: 'PS256' },
  es256: { client_secret: secret, id_token_signed_response_alg: 'ES256' },
  eddsa: { client_secret: secret, id_token_signed_response_alg: 'EdDSA' },
};

// Clients that prove who they are by a key of theirs, each by another algorithm.
const algorithms = { rs256: 'RS256', ps512: 'PS512', es256_key: 'ES256', eddsa_key: 'EdDSA' };
for (const [name, jwks_uri] of Object.entries(jwks_uris)) {
  const token_endpoint_auth_signing_alg = algorithms[name];
  clients[name] = { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg, jwks_uri };
}
clients.pushed = { client_secret: secret, require_pushed_authorization_requests: true };
clients.bound = { client_secret: secret, dpop_bound_access_tokens: true };
clients.offline = { client_secret: secret, grant_types: ['authorization_code', 'refresh_token'] };

const configuration = {
  clients: Object.entries(clients).map(([name, client]) => ({
    client_id: name,
    redirect_uris,
    response_types: ['code'],
    grant_types: ['authorization_code'],
    token_endpoint_auth_method: 'client_secret_post',
    ...client,
  })),
  clientAuthMethods: ['client_secret_post', 'client_secret_basic', 'private_key_jwt', 'none'],
  claims: {
    openid: ['sub'],
    profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'updated_at'],
    email: ['email', 'email_verified', ...(groups ? ['groups'] : [])],
  },
  conformIdTokenClaims: !claims_in_id_token,
  // Key sets of clients are on this machine, where it would fetch nothing from.
  fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
  enabledJWA: {
    idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    clientAuthSigningAlgValues: ['RS256', 'PS512', 'ES256', 'EdDSA'],
  },
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
  },
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  rotateRefreshToken: true,
  findAccount: (_, id) => account(id),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ['only a test'] },
  jwks: {
    keys: [
      privateKey('RS256', 'rsa', { modulusLength: 2048 }),
      privateKey('PS256', 'rsa', { modulusLength: 2048 }),
      privateKey('ES256', 'ec', { namedCurve: 'P-256' }),
      privateKey('EdDSA', 'ed25519'),
    ],
  },
  pkce: { required: (_, client) => client.clientId === 'public' },
  renderError: (ctx, out) => {
    ctx.type = 'html';
    ctx.body = `<!doctype html><title>refused</title><pre id="refused">${JSON.stringify(out).replaceAll('<', '&lt;')}</pre>`;
  },
};

let provider;
let answer;
const issuer = await listen((request, response) => answer(request, response));
provider = new Provider(issuer, configuration);
// Its own recipe for front-channel redirect URIs on this machine, by http or at localhost.
const { invalidate } = provider.Client.Schema.prototype;
provider.Client.Schema.prototype.invalidate = function invalidateUnlessLocal(message, code) {
  if (code !== 'implicit-force-https' && code !== 'implicit-forbid-localhost') invalidate.call(this, message, code);
};
provider.on('server_error', (_, error) => console.error(error));

/** The sign-in page: any name of `people`, no script. */
function signInPage(uid, hint) {
  return `<!doctype html>
<html lang="en"><title>Sign in to Acme</title><body>
<h1>Sign in to Acme</h1>
<form id="sign-in" method="post" action="/interaction/${uid}">
<label for="login">Name</label>
<input id="login" name="login" value="${hint.replaceAll(/[^a-z0-9@.-]/gi, '')}" autofocus>
<button id="submit" type="submit">Sign in</button>
</form>
<form id="refuse" method="post" action="/interaction/${uid}/refuse"><button id="no">No</button></form>
</body></html>`;
}

async function body(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return new URLSearchParams(text);
}

async function interact(request, response) {
  const details = await provider.interactionDetails(request, response);
  const finish = (result) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(signInPage(details.uid, details.params.login_hint ?? ''));
    return;
  }
  if (request.url.endsWith('/refuse')) {
    await finish({ error: 'access_denied', error_description: 'the person said no' });
    return;
  }
  const accountId = (await body(request)).get('login').split('@')[0];
  if (!account(accountId)) {
    response.statusCode = 400;
    response.end('nobody of that name');
    return;
  }
  const grant = new provider.Grant({ accountId, clientId: details.params.client_id });
  grant.addOIDCScope(details.params.scope);
  await finish({ login: { accountId }, consent: { grantId: await grant.save() } });
}

const callback = provider.callback();
answer = (request, response) => {
  if (!request.url.startsWith('/interaction/')) return callback(request, response);
  return interact(request, response).catch((error) => {
    response.statusCode = 400;
    response.end(`interaction failed: ${error.message}`);
  });
};

endWithParent();
tell({
  issuer,
  clients: Object.fromEntries(
    configuration.clients.map(({ client_id, client_secret }) => [client_id, { client_id, client_secret }]),
  ),
});
