// A certified OpenID Connect provider on a free port of this machine, for as long as its standard input is open.
// The first line of its input says what it knows: {"client": {...}, "people": {"ann": {"groups": [...]}}}.
// The first line of its output is its issuer. Anybody signs in with any password.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const jwk = (kind, options, more) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), ...more });

createInterface({ input: process.stdin }).once('line', (line) => {
  const { client, people } = JSON.parse(line);
  const server = createServer();
  server.listen(0, '127.0.0.1', () => {
    const issuer = `http://localhost:${server.address().port}`;
    const provider = new Provider(issuer, {
      clients: [client],
      jwks: { keys: [jwk('rsa', { modulusLength: 2048 }, { use: 'sig' }), jwk('ec', { namedCurve: 'P-256' }, { use: 'sig' })] },
      cookies: { keys: [randomBytes(32).toString('hex')] },
      claims: { openid: ['sub'], profile: ['preferred_username', 'name'], groups: ['groups'] },
      pkce: { methods: ['S256'], required: () => true },
      features: { devInteractions: { enabled: true } },
      findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, preferred_username: id, ...people[id] }) },
    });
    server.on('request', provider.callback());
    process.stdout.write(`${issuer}\n`);
  });
});
process.stdin.on('end', () => process.exit(0));
