// client_secret_jwt: OpenID Connect Core §9, RFC 7523.
import {
  application, check, configure, finish, mustFail, oidc, signIn, wellFormed,
} from './hub.mjs';

const registration = { token_endpoint_auth_method: 'client_secret_jwt' };

await check('a sign-in with an assertion made of the secret', async () => {
  const { client, config } = await application(registration, oidc.ClientSecretJwt);
  wellFormed(await signIn(config), client);
});

await check('the secret itself is refused where assertions are due', async () => {
  const { client } = await application(registration, oidc.ClientSecretJwt);
  await mustFail(signIn(await configure(client, oidc.ClientSecretPost(client.client_secret))), 'invalid_client');
});

await check('an assertion made of another secret is refused', async () => {
  const { config } = await application(registration, (secret) => oidc.ClientSecretJwt(`${secret}x`));
  await mustFail(signIn(config), 'invalid_client');
});

finish();
