// FAPI 2.0 Security Profile and Message Signing: everything of the others at once.
import {
  application, authorize, check, finish, keyPair, must, mustEqual, mustFail, oidc, register, request, walk,
  wellFormed,
} from './hub.mjs';

const scope = 'openid profile email offline_access';
const registration = {
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'private_key_jwt',
  compliance_level: 'fapi2_sp_pkj_dpop',
};
const metadata = { id_token_signed_response_alg: 'PS256', authorization_signed_response_alg: 'PS256' };

async function fapi2(alg, more = {}) {
  const { key, kid, jwks } = await keyPair(alg);
  const made = await application({ ...registration, ...metadata, ...more, jwks }, () => oidc.PrivateKeyJwt({ key, kid }), metadata);
  return { ...made, key, kid, DPoP: oidc.getDPoPHandle(made.config, await oidc.randomDPoPKeyPair('ES256')) };
}

for (const alg of ['PS256', 'ES256', 'EdDSA']) {
  await check(`security profile: a pushed request, a key for ${alg}, bound tokens`, async () => {
    const { client, config, DPoP } = await fapi2(alg);
    const { parameters, asked } = await request({ scope });
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
    const tokens = await oidc.authorizationCodeGrant(config, await walk(url), asked, undefined, { DPoP });
    const { sub } = wellFormed(tokens, client);
    mustEqual(tokens.token_type, 'dpop', 'token_type');
    must((await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).email, 'no email');
    wellFormed(await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP }), client);
  });
}

await check('message signing: the request and the answer are signed too', async () => {
  const { client, config, DPoP, key, kid } = await fapi2('PS256', { require_signed_request_object: true });
  oidc.useJwtResponseMode(config);
  const { parameters, asked } = await request({ scope, response_mode: 'jwt' });
  const signed = await oidc.buildAuthorizationUrlWithJAR(config, parameters, { key, kid });
  const pushed = await oidc.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP });
  const answer = await walk(pushed);
  mustEqual([...answer.searchParams.keys()], ['response'], 'the parameters of the answer');
  wellFormed(await oidc.authorizationCodeGrant(config, answer, asked, undefined, { DPoP }), client);
});

await check('a request that was not pushed is refused', async () => {
  const { config, DPoP } = await fapi2('PS256');
  const { answer, asked } = await authorize(config, { scope });
  await mustFail(oidc.authorizationCodeGrant(config, answer, asked, undefined, { DPoP }), 'invalid_request');
});

await check('RS256 is refused for the client itself', async () => {
  const { config, DPoP } = await fapi2('RS256');
  const { parameters } = await request({ scope });
  await mustFail(oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }), 'invalid_client');
});

await check('an application that could not keep the profile is not registered', async () => {
  let refused;
  await register({ ...registration, token_endpoint_auth_method: 'client_secret_post' }).catch((error) => {
    refused = error.message;
  });
  must(refused?.includes('token_endpoint_auth_method'), `${refused}`);
});

finish();
