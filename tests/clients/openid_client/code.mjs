// The code flow, in every way the library knows, with a provider behind the hub.
//
// Settings: {issuer, answers: {login, …}, authorization?: {connection, …},
//            clients: {post, basic, public, machine: {client_id, client_secret?, audience?}}}
// Tells:    {checks: [{name, ok, detail?}]}; exit code 1 when one failed.
import { browser, check, configure, failure, finish, issuer, must, oidc, request, walk } from './hub.mjs';
import { settings } from '../node_script.mjs';

const { clients, authorization = {} } = settings;

/** One authorization request, walked to its answer: everything a token request needs. */
async function authorize(config, walker, extra = {}) {
  const { parameters, asked } = await request({ ...authorization, ...extra });
  const answer = await walk(oidc.buildAuthorizationUrl(config, parameters), walker);
  if (extra.max_age !== undefined) asked.maxAge = Number(extra.max_age);
  return { answer, asked };
}

async function signIn(config, walker, extra) {
  const { answer, asked } = await authorize(config, walker, extra);
  const tokens = await oidc.authorizationCodeGrant(config, answer, asked);
  return { tokens, claims: tokens.claims() };
}

function wellFormed({ tokens, claims }, clientId) {
  must(claims.iss === issuer, `iss is ${claims.iss}`);
  must([claims.aud].flat().includes(clientId), `aud is ${claims.aud}`);
  must(typeof claims.sub === 'string' && claims.sub !== '', 'sub is empty');
  must(typeof claims.email === 'string', `email is ${claims.email}`);
  must(typeof claims.sid === 'string', 'no sid');
  must(Number.isInteger(claims.auth_time), `auth_time is ${claims.auth_time}`);
  must(tokens.token_type.toLowerCase() === 'bearer', `token_type is ${tokens.token_type}`);
  must(tokens.expires_in > 0, `expires_in is ${tokens.expires_in}`);
}

const post = await configure(clients.post);
const basic = await configure(clients.basic, oidc.ClientSecretBasic(clients.basic.client_secret));
const open = await configure(clients.public, oidc.None());

await check('metadata names the issuer and promises iss in answers', async () => {
  const metadata = post.serverMetadata();
  must(metadata.issuer === issuer, metadata.issuer);
  must(metadata.authorization_response_iss_parameter_supported === true, 'not promised');
  must(metadata.code_challenge_methods_supported?.includes('S256'), 'no S256');
});

for (const [name, config, client] of [
  ['client_secret_post', post, clients.post],
  ['client_secret_basic', basic, clients.basic],
  ['a public client with PKCE', open, clients.public],
]) {
  await check(`code flow with ${name}`, async () => {
    wellFormed(await signIn(config, browser()), client.client_id);
  });
}

await check('code flow answered by form_post', async () => {
  const { answer, asked } = await authorize(post, browser(), { response_mode: 'form_post' });
  must(answer instanceof Request, 'the answer came by query');
  const tokens = await oidc.authorizationCodeGrant(post, answer, asked);
  wellFormed({ tokens, claims: tokens.claims() }, clients.post.client_id);
});

await check('UserInfo tells of the same person', async () => {
  const { tokens, claims } = await signIn(post, browser());
  const userinfo = await oidc.fetchUserInfo(post, tokens.access_token, claims.sub);
  must(userinfo.email === claims.email, `${userinfo.email} is not ${claims.email}`);
});

await check('prompt=none without a session is login_required', async () => {
  const { answer, asked } = await authorize(post, browser(), { prompt: 'none' });
  const { error } = await failure(oidc.authorizationCodeGrant(post, answer, asked));
  must(error === 'login_required', `error is ${error}`);
});

await check('prompt=none with a session signs the same person in, asking nothing', async () => {
  const walker = browser();
  const first = await signIn(post, walker);
  const steps = walker.visited.length;
  const second = await signIn(post, walker, { prompt: 'none' });
  must(second.claims.sub === first.claims.sub, 'another person');
  must(second.claims.sid === first.claims.sid, 'another session');
  must(second.claims.auth_time === first.claims.auth_time, 'another auth_time');
  must(walker.visited.length === steps + 1, `visited ${walker.visited.slice(steps)}`);
});

await check('a generous max_age keeps the session', async () => {
  const walker = browser();
  const first = await signIn(post, walker);
  const second = await signIn(post, walker, { max_age: '10000' });
  must(second.claims.auth_time === first.claims.auth_time, 'signed in again');
});

await check('max_age=0 and prompt=login sign in again', async () => {
  const walker = browser();
  const first = await signIn(post, walker);
  for (const extra of [{ max_age: '0' }, { prompt: 'login' }]) {
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const again = await signIn(post, walker, extra);
    must(again.claims.sub === first.claims.sub, 'another person');
    must(again.claims.auth_time > first.claims.auth_time, `${JSON.stringify(extra)} kept auth_time`);
  }
});

await check('an answer with another state is refused here', async () => {
  const { answer, asked } = await authorize(post, browser());
  await failure(oidc.authorizationCodeGrant(post, answer, { ...asked, expectedState: oidc.randomState() }));
});

await check('a code is redeemed once', async () => {
  const { answer, asked } = await authorize(post, browser());
  await oidc.authorizationCodeGrant(post, answer, asked);
  const { error } = await failure(oidc.authorizationCodeGrant(post, answer, asked));
  must(error === 'invalid_grant', `error is ${error}`);
});

await check('a code is bound to its verifier', async () => {
  const { answer, asked } = await authorize(open, browser());
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const { error } = await failure(oidc.authorizationCodeGrant(open, answer, { ...asked, pkceCodeVerifier }));
  must(error === 'invalid_grant', `error is ${error}`);
});

await check('a code is bound to its client', async () => {
  const { answer, asked } = await authorize(post, browser());
  const { error } = await failure(oidc.authorizationCodeGrant(basic, answer, asked));
  must(error === 'invalid_grant', `error is ${error}`);
});

await check('a wrong secret is invalid_client', async () => {
  const wrong = { ...clients.post, client_secret: `${clients.post.client_secret}x` };
  const { answer, asked } = await authorize(post, browser());
  const config = await configure(wrong);
  const { error } = await failure(oidc.authorizationCodeGrant(config, answer, asked));
  must(error === 'invalid_client', `error is ${error}`);
});

await check('an unknown redirect URI is a page, never a redirect', async () => {
  const url = oidc.buildAuthorizationUrl(post, { redirect_uri: 'http://127.0.0.1:1/elsewhere', scope: 'openid' });
  const walker = browser();
  const page = await walker.open(url.href);
  must(page.status >= 400 && page.status < 500, `status ${page.status}`);
  must(walker.visited.length === 1, `visited ${walker.visited}`);
});

await check('client_credentials for the audience asked', async () => {
  const { machine } = clients;
  const config = await configure(machine);
  const tokens = await oidc.clientCredentialsGrant(config, { audience: machine.audience });
  const payload = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url').toString());
  must([payload.aud].flat().includes(machine.audience), `aud is ${payload.aud}`);
  must(tokens.id_token === undefined, 'an ID token came');
});

finish();
