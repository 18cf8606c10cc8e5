// Introspection: RFC 7662, and as JWT, RFC 9701.
import { application, check, finish, issuer, manage, must, mustEqual, mustFail, oidc, signIn } from './hub.mjs';

const grant_types = ['authorization_code', 'refresh_token'];
const scope = 'openid profile email offline_access';
const { client, config } = await application({ grant_types });
const other = await application({ grant_types });

await check('tokens of the caller are active, and say whose they are', async () => {
  const tokens = await signIn(config, { scope });
  const access = await oidc.tokenIntrospection(config, tokens.access_token);
  must(access.active === true, 'the access token is not active');
  mustEqual(access.sub, tokens.claims().sub, 'sub');
  mustEqual(access.client_id, client.client_id, 'client_id');
  mustEqual(access.iss, issuer, 'iss');
  must(access.exp > Date.now() / 1000, `exp is ${access.exp}`);
  must(access.scope.split(' ').includes('email'), `scope is ${access.scope}`);
  const refresh = await oidc.tokenIntrospection(config, tokens.refresh_token, { token_type_hint: 'refresh_token' });
  must(refresh.active === true, 'the refresh token is not active');
});

await check('an API reads the tokens that were made for it', async () => {
  const audience = 'https://orders.example/';
  const { client_id } = other.client;
  const scopes = [{ value: 'read:orders' }];
  await manage('POST', 'resource-servers', { name: 'Orders', identifier: audience, client_id, scopes });
  const tokens = await signIn(config, { audience, scope: 'openid read:orders' });
  const known = await oidc.tokenIntrospection(other.config, tokens.access_token);
  must(known.active === true && known.sub === tokens.claims().sub, JSON.stringify(known));
  must([known.aud].flat().includes(audience), `aud is ${known.aud}`);
});

await check('nothing is said about anything else', async () => {
  const tokens = await signIn(config, { scope });
  const unknown = [
    [other.config, tokens.access_token],
    [other.config, tokens.refresh_token],
    [config, tokens.id_token],
    [config, 'nonsense'],
  ];
  for (const [who, token] of unknown) {
    mustEqual(await oidc.tokenIntrospection(who, token), { active: false }, 'the answer');
  }
});

await check('a revoked token is not active', async () => {
  const tokens = await signIn(config, { scope });
  await oidc.tokenRevocation(config, tokens.refresh_token);
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    mustEqual(await oidc.tokenIntrospection(config, token), { active: false }, 'the answer');
  }
});

await check('the answer as a signed JWT', async () => {
  const introspection_signed_response_alg = 'PS256';
  const metadata = { introspection_signed_response_alg };
  const signed = await application({ grant_types, introspection_signed_response_alg }, undefined, metadata);
  const tokens = await signIn(signed.config, { scope });
  const answer = await oidc.tokenIntrospection(signed.config, tokens.access_token);
  must(answer.active === true && answer.sub === tokens.claims().sub, JSON.stringify(answer));
});

await check('a public application is refused', async () => {
  const open = await application({ token_endpoint_auth_method: 'none' }, oidc.None);
  const tokens = await signIn(open.config);
  await mustFail(oidc.tokenIntrospection(open.config, tokens.access_token), 'invalid_client');
});

finish();
