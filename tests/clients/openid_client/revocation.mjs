// Revocation: RFC 7009.
import { application, check, failure, finish, must, mustFail, oidc, signIn } from './hub.mjs';

const registration = { grant_types: ['authorization_code', 'refresh_token'] };
const scope = 'openid profile email offline_access';
const confidential = await application(registration);
const open = await application({ ...registration, token_endpoint_auth_method: 'none' }, oidc.None);

for (const [kind, { config }] of Object.entries({ confidential, public: open })) {
  await check(`a ${kind} application revokes a refresh token, and with it everything of its sign-in`, async () => {
    const tokens = await signIn(config, { scope });
    await oidc.tokenRevocation(config, tokens.refresh_token);
    await mustFail(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant');
    const refused = await failure(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
    must(refused.status === 401, `UserInfo: ${refused}`);
  });

  await check(`a ${kind} application revokes an access token`, async () => {
    const tokens = await signIn(config, { scope });
    await oidc.tokenRevocation(config, tokens.access_token, { token_type_hint: 'access_token' });
    const refused = await failure(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
    must(refused.status === 401, `UserInfo: ${refused}`);
  });
}

await check('an unknown token is revoked already', async () => {
  await oidc.tokenRevocation(confidential.config, 'nonsense');
});

await check("another application's token stays", async () => {
  const tokens = await signIn(confidential.config, { scope });
  await oidc.tokenRevocation(open.config, tokens.refresh_token).catch(() => {});
  await oidc.fetchUserInfo(confidential.config, tokens.access_token, tokens.claims().sub);
  await oidc.refreshTokenGrant(confidential.config, tokens.refresh_token);
});

finish();
