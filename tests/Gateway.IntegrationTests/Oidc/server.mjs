// The authorization server (oidc-provider, certified by the OpenID Foundation), and an API beside it that asks it about every token.
// Says where both listen in a line of JSON. Takes orders as lines of JSON, { "clients": [{ id, secret, method, redirectUri }] } first, then
// { "forget": "an access token" }; says "done" to each, and ends with its standard input.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

const gatekeeper = { id: 'api', secret: 'secret-of-the-api-of-these-tests' };

async function listen(server) {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${server.address().port}`;
}

function configure(clients) {
  return {
    clients: [
      ...clients.map(({ id, secret, method, redirectUri }) => ({
        client_id: id,
        client_secret: secret,
        token_endpoint_auth_method: method,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [redirectUri],
      })),
      { client_id: gatekeeper.id, client_secret: gatekeeper.secret, grant_types: [], response_types: [], redirect_uris: [] },
    ],
    features: {
      introspection: { enabled: true, allowedPolicy: (context, client, token) => client.clientId === gatekeeper.id || token.clientId === client.clientId },
      revocation: { enabled: true },
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    cookies: { keys: ['a-cookie-key-of-these-tests'] },
    ttl: { AccessToken: 3600, RefreshToken: 86400, Grant: 86400, Interaction: 600, Session: 600 },
    findAccount: (context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  };
}

async function serveApi(issuer, request, response) {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const answer = await fetch(`${issuer}/token/introspection`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${gatekeeper.id}:${gatekeeper.secret}`).toString('base64')}` },
    body: new URLSearchParams({ token }),
  });
  const { active, sub, scope, client_id } = await answer.json();
  response.writeHead(active ? 200 : 401, { 'content-type': 'application/json', ...(active ? {} : { 'www-authenticate': 'Bearer error="invalid_token"' }) });
  response.end(JSON.stringify({ sub, scope, client_id }));
}

const server = createServer();
const issuer = await listen(server);
const api = await listen(createServer((request, response) => serveApi(issuer, request, response)));
console.log(JSON.stringify({ issuer, api }));

let provider;
for await (const line of createInterface({ input: process.stdin })) {
  const { clients, forget } = JSON.parse(line);
  if (clients) {
    provider = new Provider(issuer, configure(clients));
    server.on('request', provider.callback());
  } else {
    await (await provider.AccessToken.find(forget)).destroy();
  }
  console.log('done');
}
process.exit(0);
