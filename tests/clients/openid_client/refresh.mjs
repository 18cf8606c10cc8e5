// Refresh tokens: RFC 6749 §6, RFC 9700 §4.14, OpenID Connect Core §12.
import { application, check, finish, must, mustEqual, mustFail, oidc, signIn, wellFormed } from './hub.mjs';

const scope = 'openid profile email offline_access';
const registration = { grant_types: ['authorization_code', 'refresh_token'] };
const { client, config } = await application(registration);

await check('every refresh gives new tokens for the same sign-in, and works with the next token', async () => {
  let tokens = await signIn(config, { scope });
  const first = wellFormed(tokens, client);
  for (let turn = 0; turn < 3; turn += 1) {
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    const claims = wellFormed(next, client);
    for (const name of ['sub', 'sid', 'auth_time']) mustEqual(claims[name], first[name], name);
    must(next.access_token !== tokens.access_token, 'the same access token');
    must(next.refresh_token && next.refresh_token !== tokens.refresh_token, 'the refresh token did not rotate');
    const userinfo = await oidc.fetchUserInfo(config, next.access_token, claims.sub);
    mustEqual(userinfo.email, claims.email, 'email');
    tokens = next;
  }
});

await check('the scope narrows for one answer and never widens', async () => {
  const tokens = await signIn(config, { scope });
  const narrow = await oidc.refreshTokenGrant(config, tokens.refresh_token, { scope: 'openid' });
  mustEqual(narrow.scope, 'openid', 'scope');
  must(narrow.claims().email === undefined, 'email came without its scope');
  const full = await oidc.refreshTokenGrant(config, narrow.refresh_token);
  mustEqual(full.claims().email, wellFormed(full, client).email, 'email');
  await mustFail(oidc.refreshTokenGrant(config, full.refresh_token, { scope: `${scope} phone` }), 'invalid_scope');
});

await check('a token used twice is refused, and so is every token of its family', async () => {
  const tokens = await signIn(config, { scope });
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  await mustFail(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant');
  await mustFail(oidc.refreshTokenGrant(config, next.refresh_token), 'invalid_grant');
});

await check('a token is bound to its application', async () => {
  const other = await application(registration);
  const tokens = await signIn(config, { scope });
  await mustFail(oidc.refreshTokenGrant(other.config, tokens.refresh_token), 'invalid_grant');
});

await check('no refresh token comes unasked, nor to an application without the grant type', async () => {
  const unasked = await signIn(config);
  must(unasked.refresh_token === undefined, 'it came unasked');
  const without = await application({ grant_types: ['authorization_code'] });
  const tokens = await signIn(without.config, { scope });
  must(tokens.refresh_token === undefined, 'it came without the grant type');
});

finish();
