// The device authorization grant: RFC 8628.
import {
  answers, application, check, finish, issuer, member, must, mustEqual, mustFail, oidc, textOf, wellFormed,
} from './hub.mjs';

const grant_types = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'];
const registration = { app_type: 'native', token_endpoint_auth_method: 'none', grant_types, callbacks: [] };
const { client, config } = await application(registration, oidc.None);
const scope = 'openid profile email offline_access';

/** Types the code, signs in, and presses the button that `choice` selects of the last page. */
async function decide(asked, choice, address = asked.verification_uri_complete) {
  const before = member.visited.length;
  const known = { ...answers, user_code: asked.user_code };
  let page = await member.open(address);
  let last;
  for (let steps = 0; steps < 6 && !last; steps += 1) {
    const form = page.forms.find(({ method }) => method === 'post');
    must(form, `nothing to press at ${page.url} (${page.status}): ${textOf(page)}`);
    last = form.buttons.find(choice);
    if (last) {
      must(textOf(page).includes(asked.user_code), `the code of the device is not on ${textOf(page)}`);
      form.buttons = [last];
    }
    page = await member.submit(page, form, known);
  }
  must(last, `no such choice at ${page.url} (${page.status}): ${textOf(page)}`);
  mustEqual(page.status, 200, 'the status of the last page');
  must(member.visited.slice(before).every((url) => url.startsWith(issuer)), 'the browser left the hub');
}

const allows = ([, value]) => value === 'allow';
const denies = ([, value]) => value === 'deny';

for (const by of ['verification_uri_complete', 'verification_uri']) {
  await check(`a device is signed in through ${by}`, async () => {
    const asked = await oidc.initiateDeviceAuthorization(config, { scope });
    const polling = oidc.pollDeviceAuthorizationGrant(config, { ...asked, interval: 1 });
    await decide(asked, allows, asked[by]);
    const tokens = await polling;
    wellFormed(tokens, client);
    must(tokens.refresh_token, 'no refresh token');
    const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    mustEqual(userinfo.email, answers.email, 'email');
    wellFormed(await oidc.refreshTokenGrant(config, tokens.refresh_token), client);
  });
}

await check('a device that was denied learns it', async () => {
  const asked = await oidc.initiateDeviceAuthorization(config, { scope });
  await decide(asked, denies);
  await mustFail(oidc.pollDeviceAuthorizationGrant(config, { ...asked, interval: 0 }), 'access_denied');
});

await check('a device is signed in once', async () => {
  const asked = await oidc.initiateDeviceAuthorization(config, { scope });
  await decide(asked, allows);
  await oidc.pollDeviceAuthorizationGrant(config, { ...asked, interval: 0 });
  const again = oidc.pollDeviceAuthorizationGrant(config, { ...asked, interval: 5 });
  await mustFail(again, 'invalid_grant');
});

await check('an application without the grant type is refused', async () => {
  const other = await application({ grant_types: ['authorization_code'] });
  await mustFail(oidc.initiateDeviceAuthorization(other.config, { scope }), 'unauthorized_client');
});

finish();
