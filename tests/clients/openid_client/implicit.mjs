// The implicit flow: OpenID Connect Core §3.2.
import {
  application, browser, check, finish, jose, must, mustEqual, mustFail, oidc, request, verified, walk, wellFormed,
} from './hub.mjs';

const registration = {
  response_types: ['id_token', 'id_token token'],
  grant_types: ['implicit'],
  token_endpoint_auth_method: 'none',
};

/** The request without what belongs to a code. */
async function implicitRequest(extra) {
  const { parameters, asked } = await request(extra);
  delete parameters.code_challenge;
  delete parameters.code_challenge_method;
  return { parameters, asked };
}

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  for (const response_mode of ['fragment', 'form_post']) {
    await check(`an ID token signed with ${alg} by ${response_mode}`, async () => {
      const id_token_signed_response_alg = alg;
      const metadata = { id_token_signed_response_alg };
      const { client, config } = await application({ ...registration, ...metadata }, oidc.None, metadata);
      oidc.useIdTokenResponseType(config);
      const { parameters, asked } = await implicitRequest({ response_mode });
      const answer = await walk(oidc.buildAuthorizationUrl(config, parameters));
      mustEqual(answer instanceof Request, response_mode === 'form_post', 'a form');
      const { expectedNonce, expectedState } = asked;
      const claims = await oidc.implicitAuthentication(config, answer, expectedNonce, { expectedState });
      wellFormed({ claims: () => claims, expires_in: 1 }, client);
    });
  }
}

await check('an access token beside the ID token, bound to it, opens UserInfo', async () => {
  const { client, config } = await application(registration, oidc.None);
  const { parameters, asked } = await implicitRequest({ response_type: 'id_token token' });
  const answer = await walk(oidc.buildAuthorizationUrl(config, parameters));
  const came = new URLSearchParams(answer.hash.slice(1));
  mustEqual(came.get('state'), asked.expectedState, 'state');
  mustEqual(came.get('token_type').toLowerCase(), 'bearer', 'token_type');
  must(!came.has('refresh_token') && !came.has('code'), `more came: ${[...came.keys()]}`);
  const { claims } = await verified(config, came.get('id_token'), { audience: client.client_id });
  mustEqual(claims.nonce, asked.expectedNonce, 'nonce');
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(came.get('access_token'))));
  mustEqual(claims.at_hash, jose.base64url.encode(digest.subarray(0, 16)), 'at_hash');
  const userinfo = await oidc.fetchUserInfo(config, came.get('access_token'), claims.sub);
  must(userinfo.email, 'no email');
});

await check('a nonce is due', async () => {
  const { config } = await application(registration, oidc.None);
  oidc.useIdTokenResponseType(config);
  const { parameters } = await implicitRequest();
  const url = oidc.buildAuthorizationUrl(config, parameters);
  url.searchParams.delete('nonce');
  const page = await browser().open(url.href);
  must(page.stopped && page.url.includes('error=invalid_request'), `${page.url} ${page.status}`);
});

await check('an application that did not register it is refused', async () => {
  const { config } = await application();
  oidc.useIdTokenResponseType(config);
  const { parameters, asked } = await implicitRequest();
  const answer = await walk(oidc.buildAuthorizationUrl(config, parameters));
  const { expectedNonce, expectedState } = asked;
  const result = oidc.implicitAuthentication(config, answer, expectedNonce, { expectedState });
  await mustFail(result, 'unauthorized_client');
});

finish();
