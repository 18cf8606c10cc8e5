// The hybrid flow: OpenID Connect Core §3.3.
import {
  application, check, finish, jose, must, mustEqual, oidc, request, verified, walk, wellFormed,
} from './hub.mjs';

const registration = {
  response_types: ['code', 'code id_token', 'code token', 'code id_token token'],
  grant_types: ['authorization_code', 'implicit'],
};

/** The left half of a SHA-256, as at_hash and c_hash have it. */
async function halfHash(text) {
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text)));
  return jose.base64url.encode(digest.subarray(0, 16));
}

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  for (const response_mode of ['fragment', 'form_post']) {
    await check(`code id_token signed with ${alg} by ${response_mode}, the code bound to the ID token`, async () => {
      const metadata = { id_token_signed_response_alg: alg };
      const { client, config } = await application({ ...registration, ...metadata }, undefined, metadata);
      oidc.useCodeIdTokenResponseType(config);
      const { parameters, asked } = await request({ response_mode });
      const answer = await walk(oidc.buildAuthorizationUrl(config, parameters));
      mustEqual(answer instanceof Request, response_mode === 'form_post', 'a form');
      wellFormed(await oidc.authorizationCodeGrant(config, answer, asked), client);
    });
  }
}

await check('code id_token as a detached signature: the state is bound too', async () => {
  const metadata = { id_token_signed_response_alg: 'PS256' };
  const { client, config } = await application({ ...registration, ...metadata }, undefined, metadata);
  oidc.useCodeIdTokenResponseType(config);
  oidc.enableDetachedSignatureResponseChecks(config);
  const { parameters, asked } = await request();
  const answer = await walk(oidc.buildAuthorizationUrl(config, parameters));
  wellFormed(await oidc.authorizationCodeGrant(config, answer, asked), client);
});

for (const response_type of ['code token', 'code id_token token']) {
  await check(`${response_type}: both access tokens open UserInfo`, async () => {
    const { client, config } = await application(registration);
    const { parameters, asked } = await request({ response_type });
    const answer = await walk(oidc.buildAuthorizationUrl(config, parameters));
    const came = new URLSearchParams(answer.hash.slice(1));
    if (response_type.includes('id_token')) {
      const { claims } = await verified(config, came.get('id_token'), { audience: client.client_id });
      mustEqual(claims.at_hash, await halfHash(came.get('access_token')), 'at_hash');
      mustEqual(claims.c_hash, await halfHash(came.get('code')), 'c_hash');
      mustEqual(claims.nonce, asked.expectedNonce, 'nonce');
    } else {
      must(!came.has('id_token'), 'an ID token nobody asked for');
    }
    const inQuery = new URL(answer);
    [inQuery.search, inQuery.hash] = [answer.hash.slice(1), ''];
    for (const name of ['access_token', 'token_type', 'expires_in', 'id_token', 'scope']) {
      inQuery.searchParams.delete(name);
    }
    const tokens = await oidc.authorizationCodeGrant(config, inQuery, asked);
    const { sub } = wellFormed(tokens, client);
    for (const token of [came.get('access_token'), tokens.access_token]) {
      mustEqual((await oidc.fetchUserInfo(config, token, sub)).sub, sub, 'sub');
    }
  });
}

finish();
