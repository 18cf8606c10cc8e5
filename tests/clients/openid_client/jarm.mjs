// Signed answers: JWT Secured Authorization Response Mode (JARM).
import {
  application, authorize, browser, check, finish, must, mustEqual, mustFail, oidc, request, verified, walk, wellFormed,
} from './hub.mjs';

/** The answer as the library takes it: the JWT in the query. */
function inQuery(answer) {
  if (answer instanceof URL && answer.hash) {
    const url = new URL(answer);
    [url.search, url.hash] = [answer.hash.slice(1), ''];
    return url;
  }
  return answer;
}

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  const { client, config } = await application(
    { authorization_signed_response_alg: alg },
    undefined,
    { authorization_signed_response_alg: alg },
  );
  oidc.useJwtResponseMode(config);
  for (const response_mode of ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt']) {
    await check(`an answer by ${response_mode} signed with ${alg}`, async () => {
      const { parameters, asked } = await request();
      const url = oidc.buildAuthorizationUrl(config, parameters);
      url.searchParams.set('response_mode', response_mode);
      const answer = await walk(url);
      mustEqual(answer instanceof Request, response_mode === 'form_post.jwt', 'a form');
      if (answer instanceof URL) {
        mustEqual(answer.hash !== '', response_mode === 'fragment.jwt', 'a fragment');
        mustEqual([...inQuery(answer).searchParams.keys()], ['response'], 'the parameters');
      }
      wellFormed(await oidc.authorizationCodeGrant(config, inQuery(answer), asked), client);
    });
  }
}

await check('an error is signed too', async () => {
  const { client, config } = await application();
  oidc.useJwtResponseMode(config);
  const { answer, asked } = await authorize(config, { prompt: 'none', walker: browser() });
  const { claims } = await verified(config, answer.searchParams.get('response'), { audience: client.client_id });
  must(claims.error === 'login_required' && claims.state === asked.expectedState, JSON.stringify(claims));
  await mustFail(oidc.authorizationCodeGrant(config, answer, asked), 'login_required');
});

finish();
