// Tokens bound to a key of the application: DPoP, RFC 9449.
import {
  application, authorize, check, failure, finish, jose, must, mustEqual, mustFail, oidc, request, signIn, verified, walk,
  wellFormed,
} from './hub.mjs';

const scope = 'openid profile email offline_access';
const registration = { grant_types: ['authorization_code', 'refresh_token'], dpop_bound_access_tokens: true };
const bound = await application(registration);
const open = await application({ ...registration, token_endpoint_auth_method: 'none' }, oidc.None);

/** The thumbprint of a key, RFC 7638. */
async function thumbprint(pair) {
  return jose.calculateJwkThumbprint(await jose.exportJWK(pair.publicKey));
}

for (const alg of ['ES256', 'PS256', 'Ed25519']) {
  for (const [kind, { client, config }] of Object.entries({ confidential: bound, public: open })) {
    await check(`a ${kind} application signs in, calls and refreshes with a key for ${alg}`, async () => {
      const pair = await oidc.randomDPoPKeyPair(alg, { extractable: true });
      const DPoP = oidc.getDPoPHandle(config, pair);
      const dpop_jkt = await thumbprint(pair);
      const { answer, asked } = await authorize(config, { scope, dpop_jkt });
      const tokens = await oidc.authorizationCodeGrant(config, answer, asked, undefined, { DPoP });
      const claims = wellFormed(tokens, client);
      mustEqual(tokens.token_type, 'dpop', 'token_type');
      const access = await verified(config, tokens.access_token);
      mustEqual(access.claims.cnf, { jkt: dpop_jkt }, 'cnf');
      const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP });
      mustEqual(userinfo.email, claims.email, 'email');
      const next = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
      mustEqual(next.token_type, 'dpop', 'token_type after a refresh');
      await oidc.fetchUserInfo(config, next.access_token, claims.sub, { DPoP });
    });
  }
}

await check('a bound token is no bearer token, and needs its own key', async () => {
  const { config } = bound;
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  const { answer, asked } = await authorize(config, { scope });
  const tokens = await oidc.authorizationCodeGrant(config, answer, asked, undefined, { DPoP });
  const { sub } = tokens.claims();
  must((await failure(oidc.fetchUserInfo(config, tokens.access_token, sub))).status === 401, 'taken as bearer token');
  const other = { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair()) };
  const refused = await failure(oidc.fetchUserInfo(config, tokens.access_token, sub, other));
  must(refused.status === 401, 'taken with another key');
});

await check('a code bound to a key is not redeemed with another', async () => {
  const { config } = bound;
  const dpop_jkt = await thumbprint(await oidc.randomDPoPKeyPair('ES256', { extractable: true }));
  const { answer, asked } = await authorize(config, { dpop_jkt });
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  const error = await failure(oidc.authorizationCodeGrant(config, answer, asked, undefined, { DPoP }));
  must(['invalid_grant', 'invalid_dpop_proof'].includes(error.error), `error is ${error.error}`);
});

await check('a refresh token of a public application needs its key', async () => {
  const { config } = open;
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  const { answer, asked } = await authorize(config, { scope });
  const tokens = await oidc.authorizationCodeGrant(config, answer, asked, undefined, { DPoP });
  const other = { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair()) };
  const error = await failure(oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, other));
  must(['invalid_grant', 'invalid_dpop_proof'].includes(error.error), `error is ${error.error}`);
});

await check('an application that has to prove a key is refused without', async () => {
  await mustFail(signIn(bound.config), 'invalid_request');
});

await check('a pushed request binds the code to the key that pushed it', async () => {
  const { client, config } = bound;
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  const { parameters, asked } = await request({ scope });
  const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
  const answer = await walk(url);
  wellFormed(await oidc.authorizationCodeGrant(config, answer, asked, undefined, { DPoP }), client);
});

finish();
