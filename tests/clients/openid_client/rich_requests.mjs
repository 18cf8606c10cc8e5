// Rich authorization requests: RFC 9396.
import { application, check, finish, manage, mustEqual, mustFail, oidc, signIn, verified } from './hub.mjs';

const audience = 'https://payments.example/';
const type = 'payment_initiation';
await manage('POST', 'resource-servers', {
  name: 'Payments', identifier: audience, scopes: [{ value: 'pay' }], authorization_details: [{ type }],
});
const { config } = await application({ authorization_details_types: [type] });
const details = [{ type, instructedAmount: { currency: 'EUR', amount: '123.50' }, creditorName: 'Merchant A' }];

await check('details an API declared are granted, and are in the answer, the token and introspection', async () => {
  const authorization_details = JSON.stringify(details);
  const tokens = await signIn(config, { audience, scope: 'openid profile email pay', authorization_details });
  mustEqual(tokens.authorization_details, details, 'authorization_details in the answer');
  const { claims } = await verified(config, tokens.access_token, { audience });
  mustEqual(claims.authorization_details, details, 'authorization_details in the token');
  const known = await oidc.tokenIntrospection(config, tokens.access_token);
  mustEqual(known.authorization_details, details, 'authorization_details by introspection');
});

await check('a type nobody declared is refused', async () => {
  const authorization_details = JSON.stringify([{ type: 'nonsense' }]);
  await mustFail(signIn(config, { audience, authorization_details }), 'invalid_authorization_details');
});

await check('a type this application may not use is refused', async () => {
  const other = await application();
  const authorization_details = JSON.stringify(details);
  await mustFail(signIn(other.config, { audience, authorization_details }), 'invalid_authorization_details');
});

finish();
