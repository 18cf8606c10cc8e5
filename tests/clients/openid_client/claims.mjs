// The claims parameter: OpenID Connect Core §5.5.
import { answers, application, check, finish, must, mustEqual, mustFail, oidc, signIn } from './hub.mjs';

const { config } = await application();

await check('a claim asked for by name comes where it was asked for, without its scope', async () => {
  const claims = JSON.stringify({ id_token: { email: { essential: true } }, userinfo: { given_name: null } });
  const tokens = await signIn(config, { scope: 'openid', claims });
  mustEqual(tokens.claims().email, answers.email, 'email in the ID token');
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  mustEqual(userinfo.given_name, 'Ada', 'given_name in UserInfo');
  must(userinfo.email === undefined, 'email in UserInfo, where nobody asked for it');
  must(tokens.claims().given_name === undefined, 'given_name in the ID token, where nobody asked for it');
});

await check('a claim nobody has stays away, and nothing fails', async () => {
  const claims = JSON.stringify({ userinfo: { 'https://example.com/none': { essential: true } } });
  const tokens = await signIn(config, { claims });
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  must(!('https://example.com/none' in userinfo), JSON.stringify(userinfo));
});

await check('the person that was asked for, and nobody else', async () => {
  const { sub } = (await signIn(config)).claims();
  const same = await signIn(config, { claims: JSON.stringify({ id_token: { sub: { value: sub } } }) });
  mustEqual(same.claims().sub, sub, 'sub');
});

await check('what is no JSON is refused', async () => {
  await mustFail(signIn(config, { claims: '{' }), 'invalid_request');
});

finish();
