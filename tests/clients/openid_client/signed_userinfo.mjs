// UserInfo as a signed JWT: OpenID Connect Core §5.3.2.
import { answers, application, check, finish, must, mustEqual, oidc, signIn, verified } from './hub.mjs';

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  await check(`UserInfo signed with ${alg}`, async () => {
    const metadata = { userinfo_signed_response_alg: alg };
    const { client, config } = await application(metadata, undefined, metadata);
    const tokens = await signIn(config);
    const { sub } = tokens.claims();
    // The library takes a signed answer alone, and verifies it.
    const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, sub);
    mustEqual(userinfo.email, answers.email, 'email');
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const response = await fetch(config.serverMetadata().userinfo_endpoint, { headers });
    must(response.headers.get('content-type').startsWith('application/jwt'), response.headers.get('content-type'));
    const { claims, header } = await verified(config, await response.text(), { audience: client.client_id });
    mustEqual(header.alg, alg, 'alg');
    mustEqual(claims.sub, sub, 'sub');
  });
}

finish();
