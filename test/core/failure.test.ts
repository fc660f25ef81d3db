import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Failure, namesSecret, withoutSecrets } from '../../src/core/failure.ts';
import { refusalOf } from '../../src/core/identity/refusals.ts';
import { effort } from './effort.ts';

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJhYmMifQ.c2lnbmF0dXJl_-x';

/** A text, and what of it may not be left. */
type Case = readonly [text: string, ...secrets: readonly string[]];

const key = randomBytes(64).toString('base64');
const raw = randomBytes(48).toString('base64url');
const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const pemLine = pem.split('\n')[1] ?? '';

const cases: Readonly<Record<string, readonly Case[]>> = {
  'tokens, in any place': [
    [`Bearer ${jwt}`, jwt],
    [`sig%3D${jwt}%26x`, jwt, 'c2lnbmF0dXJl'],
    [`got${jwt}.`, jwt.slice(0, 30)],
    ['Bearer opaque-token-of-a-kind', 'opaque-token'],
    ['bearer%20opaque_token_of_a_kind', 'opaque_token'],
    [`refresh 0.AXoA${raw}.AgABAwEAAAA`, raw, 'AgABAwEAAAA'],
    [`refresh 1.AWMB${raw}`, raw],
    [`refresh M.C512_BAY.0.U.-${raw}!*$`, raw],
    ['secret is abc8Q~Xy-_.~aaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'Xy-_.~aaaa'],
  ],
  'what Cosmos takes as an authorization': [
    ['type=aad&ver=1.0&sig=abcdef', 'abcdef'],
    ['type%3Dmaster%26ver%3D1.0%26sig%3Dabcdef%3D', 'abcdef'],
    ['TYPE%3dresource%26ver%3d1.0%26sig%3dabcdef', 'abcdef'],
  ],
  'keys and other random bytes, however they are spelled': [
    [key, key, key.slice(0, 20)],
    [`the key ${encodeURIComponent(key)} was refused`, encodeURIComponent(key).slice(0, 20)],
    [JSON.stringify(key).replaceAll('+', '\\u002B').replaceAll('/', '\\/'), key.slice(0, 12)],
    [`/a/path/of/some/length/in/front/of/${raw}/and/behind`, raw],
    ['"kFq7\\u002BKz0X1b\\/2cW3dV4e\\u002BU5fT6g9hJ2lM8nP4"', 'kFq7', '2cW3', 'U5fT'],
    ['kFq7%2BKz0X1b%2F2cW3dV4e%2bU5fT6g9hJ2lM8nP4', 'kFq7', '2cW3', 'U5fT'],
    ['kFq7pKz0X1bY2cW3dV4eU5fT6g==', 'kFq7pKz0X1bY2c'],
  ],
  'keys in PEM': [
    [pem, pemLine],
    [JSON.stringify({ body: pem }), pemLine],
    [pem.slice(0, 100), pemLine.slice(0, 60)],
    ['-----BEGIN RSA PRIVATE KEY-----\nshort\n-----END RSA PRIVATE KEY-----', 'short'],
  ],
  'logins in addresses': [
    ['mongodb://me:hunter2@host/db', 'hunter2'],
    ['mongodb+srv://me:p@ss/w?rd@host/db', 'w?rd', 'p@ss'],
    ["postgresql://me:it's@host/db", "it's"],
    ['mongodb%3A%2F%2Fme%3Ahunter2%40host', 'hunter2'],
    ['https://me:hunter2@host/path', 'hunter2'],
  ],
  'signatures in queries': [
    ['https://a.example/op?api-version=1&t=2&s=SIGNED&h=ALSO', 'SIGNED', 'ALSO'],
    ['/path/only?s=SIGNED', 'SIGNED'],
    ['https://a.example/?a=1&amp;s=SIGNED', 'SIGNED'],
    ['https%3A%2F%2Fa.example%2F%3Fa%3D1%26s%3DSIGNED%26h%3DALSO', 'SIGNED', 'ALSO'],
    ['https://login.example/#access_token=abc&state=1', 'abc'],
  ],
  'values behind a name': [
    ['AccountEndpoint=https://a.example/;AccountKey=short1==;', 'short1'],
    ['Server=a;Password=with a space;Encrypt=true', 'with a space', 'space'],
    ['host=a password=hunter2 sslmode=require', 'hunter2'],
    ["host=a password='hunter 2' sslmode=require", 'hunter 2', '2'],
    ['pwd = hunter2', 'hunter2'],
    ['PGPASSWORD=hunter2 psql', 'hunter2'],
    ['psql --password hunter2', 'hunter2'],
    ['{"access_token":"abc","expires_in":3599}', 'abc'],
    [JSON.stringify({ body: JSON.stringify({ clientSecret: 'a"b\\c' }) }), 'a\\', 'b\\\\'],
    [JSON.stringify(JSON.stringify({ body: JSON.stringify({ password: 'hunter2', b: 1 }) })), 'hunter2'],
    ['{"secret":{"value":"hunter2"}}', 'hunter2'],
    ['%7B%22password%22%3A%22hunter2%22%7D', 'hunter2'],
    ['grant_type=authorization_code&code=a1-b2-c3-d4-e5-f6', 'a1-b2'],
    ['Authorization: SharedKey me:abc', 'SharedKey', 'abc'],
    ["-H 'Authorization: Digest abc def'", 'abc', 'def'],
    ['Authorization: Basic bWU6aHVudGVyMg==', 'bWU6'],
    ['basic bWU6aHVudGVyMg==', 'bWU6aHVudGVyMg'],
    ['x-functions-key: hunter2', 'hunter2'],
    ["{ password: 'hunter2', user: 'me' }", 'hunter2'],
    ["code: 'host=a password='hunter2' user=me", 'hunter2'],
    ['password="never closed', 'never', 'closed'],
  ],
};

const guid = '7c1f0000-0000-4000-8000-00000000a0e2';
const subscription = `/subscriptions/${guid}`;

/** What is no secret, and is to be read. */
const harmless = [
  guid,
  guid.toUpperCase(),
  `${guid}.${guid}`,
  `${subscription}/resourceGroups/RG-Prod1Eu2/providers/Microsoft.DBforPostgreSQL/serverGroupsv2/Ledger1Db2/roles/App3`,
  `${subscription}/resourceGroups/shop/providers/Microsoft.DocumentDB/mongoClusters/orders-eu/users/${guid}`,
  `${subscription}/providers/Microsoft.Authorization/roleAssignments/${guid}`,
  `${subscription}/resourceGroups/Rg1Eu2X/providers/Microsoft.DBforPostgreSQL/serverGroupsv2/Db1Eu2Prod3Team4/roles/App5Web6`,
  'Microsoft.DBforPostgreSQL/serverGroupsv2/firewallRules',
  'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read',
  'kai@contoso.com',
  'kai_contoso.com#EXT#@fabrikam.onmicrosoft.com',
  '2026-11-21T10:11:12.000Z',
  'https://management.core.windows.net/',
  'mongodb+srv://orders-eu.global.mongocluster.cosmos.azure.com/',
  'orders-eu.mongocluster.cosmos.azure.com:10260',
  '10.0.0.1-10.0.0.255',
  'ResourceGroupNotFound',
  'Ring Bearer Team',
  'the Basic tier',
  'db.keyJournals.find',
  'keys: on, passwords: off',
  'keyAge=412',
  'tokenAsked: ok',
  'code: ResourceGroupNotFound',
  'code=AADSTS50076',
  'The access token is from the wrong issuer.',
  'DollarArrayElemAtSecondArgArgMustBeNumeric',
  'listConnectionStringsForUserInRole',
  'WESTEUROPE:20261121T101112Z:7c1f0000-0000-4000-8000-00000000a0e2',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'Zoë Müller-Østergård 李小龙',
];

describe('text of somebody else’s', () => {
  for (const [what, texts] of Object.entries(cases)) {
    it(`loses ${what}`, () => {
      for (const [text, ...secrets] of texts) {
        const shown = withoutSecrets(`before ${text}`);
        for (const secret of secrets) assert.ok(!shown.includes(secret), `${text}\n${shown}`);
        assert.match(shown, /^before /);
        assert.match(shown, /\[(secret|token)\]/);
      }
    });
  }

  it('keeps what is no secret', () => {
    for (const text of harmless) {
      assert.equal(withoutSecrets(text), text);
      assert.equal(withoutSecrets(`before ${text}, after`), `before ${text}, after`);
    }
  });

  it('keeps what stands around a secret', () => {
    assert.equal(
      withoutSecrets(`PUT https://a.example/op?s=x: Bearer ${jwt}; code Conflict`),
      'PUT https://a.example/op?s=[secret] Bearer [token]; code Conflict',
    );
    assert.equal(withoutSecrets('{"password":"a","b":1}'), '{"password":"[secret]","b":1}');
    assert.equal(withoutSecrets('mongodb://me:x@host/db'), 'mongodb://[secret]@host/db');
    assert.equal(withoutSecrets('Server=a;Password=b c;Port=1'), 'Server=a;Password=[secret];Port=1');
  });

  it('never lets a token through, wherever it stands', () => {
    const segment = fc.stringMatching(/^[\w-]{8,40}$/);
    fc.assert(
      fc.property(fc.string(), segment, segment, fc.string(), (before, payload, signature, after) => {
        const token = `eyJ${payload}.${payload}.${signature}`;
        assert.ok(!withoutSecrets(`${before} ${token} ${after}`).includes(token));
      }),
    );
  });

  it('never lets random bytes through, wherever they stand', () => {
    const bytes = fc.uint8Array({ minLength: 48, maxLength: 256 });
    const encodings = fc.constantFrom('base64', 'base64url');
    fc.assert(
      fc.property(fc.string(), bytes, encodings, fc.string(), (before, filler, encoding, after) => {
        // Of what fast-check makes, too much is zeros to be random.
        const secret = Buffer.from(randomBytes(filler.length)).toString(encoding);
        assert.ok(!withoutSecrets(`${before} ${secret} ${after}`).includes(secret.slice(0, 32)));
      }),
    );
  });

  it('loses nothing more when it is done again', () => {
    for (const [text] of Object.values(cases).flat()) {
      const once = withoutSecrets(`before ${text}`);
      assert.equal(withoutSecrets(once), once);
    }
  });

  it('loses what is secret between any other things', () => {
    const around = fc.constantFrom(
      ...harmless,
      ...'\n,();&<>{}[]'.split(''),
      '',
      ' – ',
      '. ',
      'password',
      'code ',
      'of: ',
    );
    fc.assert(
      fc.property(
        fc.array(around),
        fc.constantFrom(...Object.values(cases).flat()),
        fc.array(around),
        (before, [text, ...secrets], after) => {
          const shown = withoutSecrets([...before, text, ...after].join(' '));
          for (const secret of secrets.filter(({ length }) => length > 5))
            assert.ok(!shown.includes(secret), shown);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('has an end', () => {
    assert.equal(withoutSecrets('x'.repeat(1_000_000)).length, 2000);
  });

  it('takes no time to speak of, whatever it is', () => {
    const pieces =
      'x|/|=|"|\\|%|%22|%26|+|-|aB1|//|?a=|&a|a=|a="|eyJ|eyJa|eyJaaaaa.|0.A|M.C5_|Q~|8Q~|type=aad|mongodb://|' +
      'mongodb://a@|://|://a|bearer |basic a|password|password=|password="|password=\\"|token: |code=|--key |' +
      `-----BEGIN PRIVATE KEY-----|-----BEGIN |-----END |/subscriptions/|${subscription}/| `;
    for (const piece of pieces.split('|')) {
      const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
      const spent = effort();
      withoutSecrets(text);
      const took = spent();
      assert.ok(took < 3000, `${piece}: ${took} ms`);
    }
  }).timeout(60_000);

  it('is looked at no further than its beginning, however long it is', () => {
    const cost = (text: string): number => {
      // The first time a text is put together, too.
      withoutSecrets(text);
      const { user, system } = process.cpuUsage();
      for (let run = 0; run < 20; run++) withoutSecrets(text);
      const after = process.cpuUsage();
      return after.user + after.system - user - system;
    };
    for (const piece of ['a b ', '{"name":"b c","n":1},', 'x', 'aB1', 'code=-', 'https://a.example/?a=b ']) {
      const [short, long] = [20_000, 10_000_000].map((length) =>
        piece.repeat(Math.ceil(length / piece.length)),
      );
      const [usual, taken] = [cost(short ?? ''), cost(long ?? '')];
      // Five hundred times as long; to look at all of it took as many times as long.
      assert.ok(taken < 20 * usual + 20_000, `${piece}: ${taken} µs, and ${usual} µs`);
    }
  }).timeout(60_000);

  it('has no beginning of a secret in it, wherever a long text is cut', () => {
    const rest = '- '.repeat(20_000);
    /** Of so many characters, the last of them a space, which are few when they are shown. */
    const folded = (length: number): string => `eyJ${'aB1'.repeat(length).slice(0, length - 4)} `;
    const plain = (length: number): string => rest.slice(rest.length - length);
    const cuts = [
      [2000, plain],
      [12_288, folded],
      [16_384, folded],
    ] as const;
    for (const [text, ...secrets] of Object.values(cases).flat()) {
      const whole = withoutSecrets(`before ${text}`);
      // What is shown where nothing is cut is none.
      const beginnings = secrets
        .filter(({ length }) => length > 5)
        .map((secret) => {
          let length = 5;
          while (whole.includes(secret.slice(0, length))) length++;
          return secret.slice(0, length);
        });
      for (const [cut, before] of cuts)
        for (let at = 0; at <= text.length + 1; at += 1 + Math.floor(text.length / 50)) {
          const bare = withoutSecrets(`${before(cut - at)}${text} ${rest}`);
          assert.ok(bare.length <= 2000);
          for (const beginning of beginnings)
            assert.ok(!bare.includes(beginning), `${text} cut at ${at}: ${bare.slice(-200)}`);
        }
    }
  }).timeout(120_000);

  it('shows of a long text what stands before a secret that has no end', () => {
    const endless = `refused: "${'kFq7Kz0X1bY2cW3dV4eU5fT6g9hJ2lM8nP4'.repeat(300_000)}`;
    assert.equal(withoutSecrets(endless), 'refused: "[secret]');
    assert.equal(withoutSecrets(`key ${pem.slice(0, 100)}${'aB1/'.repeat(1e6)}`), 'key [secret]');
  });

  it('of an error that nobody foresaw becomes a failure without secrets', () => {
    const { data } = Failure.from(new Error(`refused: ${jwt}`));
    assert.deepEqual(data, { code: 'internal', message: 'refused: [token]' });
  });
});

describe('a name', () => {
  it('of a secret is known in every spelling', () => {
    const names =
      'password adminPassword ADMIN_PASSWORD administratorLoginPassword passwd pwd pAsSwOrD passphrase secret ' +
      'clientSecret client_secret secretText token accessToken access_token id-token Authorization ' +
      'proxy-authorization x-ms-authorization-auxiliary key primaryMasterKey accountkey apiKey x-functions-key ' +
      'key2 sig signature SharedAccessSignature sas cookie Set-Cookie clientAssertion client_assertion credential ' +
      'credentials connectionString user_code authCode code_verifier';
    for (const name of names.split(' ')) assert.ok(namesSecret(name, 'x'), name);
  });

  it('of something else is left alone', () => {
    const names =
      'keys keyAge keyKind keyName tokenAsked tokens passwordAuth secretary id objectId tenant principalId name ' +
      'correlationId etag scope role partitionKey publicKey client_assertion_type design monkey correlationIds';
    for (const name of names.split(' ')) assert.ok(!namesSecret(name, 'hunter2-hunter2'), name);
  });

  it('of a code tells nothing by itself', () => {
    for (const code of [
      'AuthorizationFailed',
      'AADSTS50076',
      '28P01',
      'signInRefused',
      'Linked-Scope.Failed',
    ])
      assert.ok(!namesSecret('serviceCode', code), code);
    assert.ok(namesSecret('code', '0.AXoA-something-else-1'));
    const spent = effort();
    assert.ok(namesSecret('code', `${'-'.repeat(100_000)}1a1`));
    assert.ok(spent() < 3000);
  });
});

describe('a refusal of Entra’s', () => {
  const cases: readonly (readonly [number, string])[] = [
    [50076, 'secondFactor'],
    [53003, 'conditionalAccess'],
    [53000, 'device'],
    [65001, 'consent'],
    [65002, 'notPreauthorised'],
    [50020, 'notInTenant'],
    [700016, 'applicationMissing'],
    [500011, 'resourceMissing'],
    [70043, 'sessionOver'],
    [99999, 'other'],
  ];
  for (const [aadsts, reason] of cases) {
    it(`AADSTS${aadsts} means ${reason}`, () => {
      const { data } = refusalOf(new Error(`AADSTS${aadsts}: words of Entra’s`), { tenant: 'contoso' });
      assert.deepEqual(data, { code: 'signInRefused', tenant: 'contoso', aadsts, reason });
    });
  }
});
