// A downstream application made of express-openid-connect. `/me` asks for a sign-in and shows the person as JSON.
//
// Settings: {host?, port?, tls?}
// Tells:    {base_url}, then reads one line {issuer, client_id, client_secret, authorization?} and tells {ready: true}.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import express from 'express';
import expressOpenidConnect from 'express-openid-connect';
import { listen, tell } from './node_script.mjs';

const { auth, requiresAuth } = expressOpenidConnect;
const app = express();
const base_url = await listen(app);
tell({ base_url });

const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(0));
const [line] = await once(lines, 'line');
const { issuer, client_id, client_secret, authorization = {} } = JSON.parse(line);

app.use(
  auth({
    baseURL: base_url,
    issuerBaseURL: issuer,
    clientID: client_id,
    clientSecret: client_secret,
    clientAuthMethod: 'client_secret_post',
    secret: 'a secret of this test application alone',
    authRequired: false,
    authorizationParams: { response_type: 'code', scope: 'openid profile email', ...authorization },
  }),
);
app.get('/me', requiresAuth(), (request, response) => {
  response.json(request.oidc.user);
});
app.use((error, _request, response, _next) => {
  response.status(500).json({ error: error.message, cause: String(error.cause ?? '') });
});
tell({ ready: true });
