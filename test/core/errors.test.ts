import assert from 'node:assert/strict';
import { errorOfFailure, readErrors } from '../../src/core/doctor/errors.ts';
import type { ExplainedError } from '../../src/core/doctor/errors.ts';

type Who = 'you' | 'administrator' | 'owner' | 'nobody' | '?';
type Waits = 'helps' | 'doesNot' | 'unknown';
/** A code, how its service writes it down, who can mend it and whether waiting helps. */
type Line = readonly [code: string, text: string, who: Who, waits: Waits];

const guid = 'c0a70500-0000-4000-8000-0000000000ab';
const entra = (number: number, text = 'Sorry.'): string =>
  `invalid_grant: AADSTS${number}: ${text} Trace ID: ${guid} Correlation ID: ${guid} Timestamp: 2026-01-05 08:00:00Z`;
const mongo = (code: number, name: string, errmsg = 'No.'): string =>
  `MongoServerError: ${errmsg}\n    at Connection.sendCommand {\n  ok: 0,\n  code: ${code},\n  codeName: '${name}'\n}`;
const arm = (code: string, message = 'No.'): string =>
  JSON.stringify({ error: { code, message, details: [] } }, undefined, 2);
const cosmos = (status: number, below?: number): string =>
  `Microsoft.Azure.Cosmos.CosmosException : Response status code does not indicate success: Status (${status}); StatusCode: ${status}; Substatus: ${below ?? 0}; ActivityId: ${guid}; Reason: ();`;
const state = (code: string): string => `error: something failed\n  severity: 'ERROR',\n  code: '${code}',`;

const entraLines: readonly Line[] = [
  ...([50072, 50074, 50076, 50078, 50079, 50158, 500121] as const).map((number): Line => [
    `AADSTS${number}`,
    entra(number),
    'you',
    'doesNot',
  ]),
  ...([53002, 53003, 53004, 53011, 50131, 530032, 530034, 530035] as const).map((number): Line => [
    `AADSTS${number}`,
    entra(number),
    'administrator',
    'doesNot',
  ]),
  ...([53000, 53001, 50097, 50129, 50155] as const).map((number): Line => [
    `AADSTS${number}`,
    entra(number),
    'you',
    'doesNot',
  ]),
  ...([65001, 90094, 90095, 50105, 90072, 50020, 50034, 500011, 650052, 500212, 50057] as const).map(
    (number): Line => [`AADSTS${number}`, entra(number), 'administrator', 'doesNot'],
  ),
  ...([65002, 65004, 700016, 7000112, 90002, 50173, 700082, 70043, 50126] as const).map((number): Line => [
    `AADSTS${number}`,
    entra(number),
    'you',
    'doesNot',
  ]),
  ...([7000215, 7000222, 700027, 700024, 700213, 70011, 28002, 50011, 50194] as const).map((number): Line => [
    `AADSTS${number}`,
    entra(number),
    'owner',
    'doesNot',
  ]),
  ...([90024, 90033, 50033, 90006] as const).map((number): Line => [
    `AADSTS${number}`,
    entra(number),
    'nobody',
    'helps',
  ]),
  ['AADSTS50053', entra(50_053), 'administrator', 'helps'],
  ['AADSTS70016', entra(70_016), 'you', 'helps'],
  ['AADSTS50076', '{"error":"interaction_required","error_codes":[50076]}', 'you', 'doesNot'],
  ['AADSTS50076', 'see https://login.microsoftonline.com/error?code=50076', 'you', 'doesNot'],
  ['invalid_client', '{"error": "invalid_client"}', 'owner', 'doesNot'],
  ['AADSTS999999', entra(999_999), '?', 'unknown'],
];

const mongoLines: readonly Line[] = [
  ['2', mongo(2, 'BadValue'), 'you', 'doesNot'],
  ['9', mongo(9, 'FailedToParse'), 'you', 'doesNot'],
  ['11', mongo(11, 'UserNotFound'), 'you', 'doesNot'],
  ['13', mongo(13, 'Unauthorized'), 'administrator', 'doesNot'],
  ['13', 'MongoServerError[Unauthorized]: not allowed', 'administrator', 'doesNot'],
  ['14', mongo(14, 'TypeMismatch'), 'you', 'doesNot'],
  ['18', mongo(18, 'AuthenticationFailed'), 'administrator', 'doesNot'],
  [
    '18',
    "pymongo.errors.OperationFailure: No, full error: {'ok': 0.0, 'code': 18}",
    'administrator',
    'doesNot',
  ],
  [
    '18',
    'com.mongodb.MongoCommandException: Command failed with error 18 (AuthenticationFailed)',
    'administrator',
    'doesNot',
  ],
  ['20', mongo(20, 'IllegalOperation'), 'you', 'doesNot'],
  ['26', mongo(26, 'NamespaceNotFound'), 'you', 'doesNot'],
  ['31', mongo(31, 'RoleNotFound'), 'you', 'doesNot'],
  ['43', mongo(43, 'CursorNotFound'), 'you', 'doesNot'],
  ['48', mongo(48, 'NamespaceExists'), 'you', 'doesNot'],
  ['50', mongo(50, 'MaxTimeMSExpired'), 'you', 'unknown'],
  ['59', mongo(59, 'CommandNotFound'), 'nobody', 'doesNot'],
  ['91', mongo(91, 'ShutdownInProgress'), 'nobody', 'helps'],
  ['112', mongo(112, 'WriteConflict'), 'nobody', 'helps'],
  ['115', mongo(115, 'CommandNotSupported'), 'nobody', 'doesNot'],
  ['166', mongo(166, 'CommandNotSupportedOnView'), 'you', 'doesNot'],
  ['189', mongo(189, 'PrimarySteppedDown'), 'nobody', 'helps'],
  ['391', '{"ok":0,"code":391,"codeName":"ReauthenticationRequired","errmsg":"Over."}', 'you', 'doesNot'],
  ['11000', 'MongoServerError: E11000 duplicate key error collection: a.b', 'you', 'doesNot'],
  ['10107', mongo(10_107, 'NotWritablePrimary'), 'nobody', 'helps'],
  ['14031', mongo(14_031, 'OutOfDiskSpace'), 'owner', 'doesNot'],
  ['16500', mongo(16_500, 'RequestRateTooLarge'), 'nobody', 'helps'],
  ['40324', mongo(40_324, 'UnrecognizedCommand'), 'you', 'doesNot'],
  ['51003', mongo(51_003, 'Location51003'), 'you', 'doesNot'],
  ['99999', mongo(99_999, 'Location99999'), '?', 'unknown'],
  [
    'server selection',
    'MongoServerSelectionError: Server selection timed out after 30000 ms',
    'you',
    'unknown',
  ],
  [
    'server selection',
    'A timeout occurred after 30000ms selecting a server using CompositeServerSelector',
    'you',
    'unknown',
  ],
  ['server selection', 'Timed out after 30000 ms while waiting for a server that matches', 'you', 'unknown'],
  ['server selection', 'server selection error: context deadline exceeded', 'you', 'unknown'],
  ['MongoOIDCError', 'MongoOIDCError: the callback took too long', 'you', 'doesNot'],
  [
    'ALLOWED_HOSTS',
    "MongoInvalidArgumentError: Host 'a.b' is not valid for OIDC authentication with ALLOWED_HOSTS",
    'you',
    'doesNot',
  ],
];

const postgresLines: readonly Line[] = [
  ['28P01', 'psql: FATAL:  password authentication failed for user "kai@contoso.com"', 'you', 'doesNot'],
  ['28P01', state('28P01'), 'you', 'doesNot'],
  [
    '28000',
    'FATAL:  no pg_hba.conf entry for host "203.0.113.9", user "kai", no encryption',
    'owner',
    'doesNot',
  ],
  ['28000', 'org.postgresql.util.PSQLException: No. SQLSTATE 28000', 'owner', 'doesNot'],
  ['42501', 'ERROR:  permission denied for table orders', 'administrator', 'doesNot'],
  ['3D000', 'FATAL:  database "shop" does not exist', 'you', 'doesNot'],
  ['57P03', 'FATAL:  the database system is starting up', 'nobody', 'helps'],
  ['57P01', 'FATAL:  57P01: terminating connection due to administrator command', 'nobody', 'helps'],
  ['53300', 'FATAL:  remaining connection slots are reserved for others', 'you', 'helps'],
  ['53100', state('53100'), 'owner', 'doesNot'],
  ['57014', 'ERROR:  canceling statement due to statement timeout', 'you', 'doesNot'],
  ['25006', 'ERROR:  cannot execute INSERT in a read-only transaction', 'you', 'doesNot'],
  ['40P01', 'ERROR:  deadlock detected', 'nobody', 'helps'],
  ['40001', 'ERROR: could not serialize access (SQLSTATE 40001)', 'nobody', 'helps'],
  ['42P01', 'ERROR:  relation "orders" does not exist', 'you', 'doesNot'],
  ['42601', state('42601'), 'you', 'doesNot'],
  ['23505', 'duplicate key value violates unique constraint "orders_pkey"', 'you', 'doesNot'],
  ['23502', state('23502'), 'you', 'doesNot'],
  ['22P02', state('22P02'), 'you', 'doesNot'],
  ['0A000', state('0A000'), 'nobody', 'doesNot'],
  ['08006', 'SQLSTATE[08006] [7] could not connect', 'you', 'unknown'],
  ['XX000', state('XX000'), 'owner', 'unknown'],
  ['99ZZZ', 'ERROR:  99ZZZ: what nobody has seen', '?', 'unknown'],
];

const azureLines: readonly Line[] = [
  ['AuthorizationFailed', arm('AuthorizationFailed'), 'owner', 'doesNot'],
  [
    'AuthorizationFailed',
    'ERROR: (AuthorizationFailed) The client has no authorization.',
    'owner',
    'doesNot',
  ],
  ['InvalidAuthenticationToken', arm('InvalidAuthenticationToken'), 'you', 'doesNot'],
  ['ExpiredAuthenticationToken', arm('ExpiredAuthenticationToken'), 'you', 'doesNot'],
  ['InvalidAuthenticationTokenTenant', arm('InvalidAuthenticationTokenTenant'), 'you', 'doesNot'],
  ['RequestDisallowedByPolicy', arm('RequestDisallowedByPolicy'), 'administrator', 'doesNot'],
  ['LinkedAuthorizationFailed', arm('LinkedAuthorizationFailed'), 'owner', 'doesNot'],
  ['DenyAssignmentAuthorizationFailed', arm('DenyAssignmentAuthorizationFailed'), 'administrator', 'doesNot'],
  ['ResourceNotFound', arm('ResourceNotFound'), 'you', 'doesNot'],
  ['ResourceGroupNotFound', arm('ResourceGroupNotFound'), 'you', 'doesNot'],
  ['SubscriptionNotFound', arm('SubscriptionNotFound'), 'you', 'doesNot'],
  ['InvalidApiVersionParameter', arm('InvalidApiVersionParameter'), 'you', 'doesNot'],
  ['NoRegisteredProviderFound', arm('NoRegisteredProviderFound'), 'you', 'doesNot'],
  ['MissingSubscriptionRegistration', arm('MissingSubscriptionRegistration'), 'owner', 'doesNot'],
  ['Conflict', arm('Conflict'), 'nobody', 'helps'],
  ['AnotherOperationInProgress', arm('AnotherOperationInProgress'), 'nobody', 'helps'],
  ['ScopeLocked', arm('ScopeLocked'), 'owner', 'doesNot'],
  ['ReadOnlyDisabledSubscription', arm('ReadOnlyDisabledSubscription'), 'administrator', 'doesNot'],
  ['TooManyRequests', arm('TooManyRequests'), 'nobody', 'helps'],
  ['SubscriptionRequestsThrottled', arm('SubscriptionRequestsThrottled'), 'nobody', 'helps'],
  ['QuotaExceeded', arm('QuotaExceeded'), 'owner', 'doesNot'],
  ['SkuNotAvailable', arm('SkuNotAvailable'), 'you', 'doesNot'],
  ['RoleAssignmentExists', arm('RoleAssignmentExists'), 'nobody', 'doesNot'],
  ['PrincipalNotFound', arm('PrincipalNotFound'), 'you', 'helps'],
  ['InvalidTemplateDeployment', arm('InvalidTemplateDeployment'), 'you', 'doesNot'],
  ['BadRequest', arm('BadRequest'), 'you', 'doesNot'],
  ['InternalServerError', arm('internal_server_error'), 'nobody', 'helps'],
  ['CannotSetResourceIdentity', arm('CannotSetResourceIdentity'), 'nobody', 'doesNot'],
  ['WhatNobodyHasSeen', arm('WhatNobodyHasSeen'), '?', 'unknown'],
];

const cosmosLines: readonly Line[] = [
  ['403/5301', cosmos(403, 5301), 'administrator', 'doesNot'],
  [
    '403/5301',
    `Request blocked by Auth catalog : Request for Read is blocked because principal [${guid}] on AAD does not have required RBAC permissions to perform action [Microsoft.DocumentDB/databaseAccounts/readMetadata] on resource [/]. `,
    'administrator',
    'doesNot',
  ],
  ['403/5300', cosmos(403, 5300), 'nobody', 'doesNot'],
  ['403/5302', cosmos(403, 5302), 'administrator', 'doesNot'],
  ['401/5202', cosmos(401, 5202), 'you', 'doesNot'],
  ['401', cosmos(401), 'you', 'doesNot'],
  [
    '403/firewall',
    'Request originated from IP 203.0.113.9 through public internet. This is blocked by your Cosmos DB account firewall settings.',
    'owner',
    'doesNot',
  ],
  ['403/3', cosmos(403, 3), 'nobody', 'helps'],
  ['403/1008', cosmos(403, 1008), 'you', 'doesNot'],
  ['404', cosmos(404), 'you', 'doesNot'],
  ['404/1002', cosmos(404, 1002), 'nobody', 'helps'],
  ['408', cosmos(408), 'nobody', 'helps'],
  ['409', cosmos(409), 'you', 'doesNot'],
  ['410/1002', cosmos(410, 1002), 'nobody', 'helps'],
  ['412', cosmos(412), 'you', 'doesNot'],
  ['413', cosmos(413), 'you', 'doesNot'],
  ['429/3200', cosmos(429, 3200), 'owner', 'helps'],
  ['449', cosmos(449), 'nobody', 'helps'],
  ['503', cosmos(503), 'nobody', 'helps'],
];

const networkLines: readonly Line[] = [
  [
    'ENOTFOUND',
    'Error: querySrv ENOTFOUND _mongodb._tcp.orders.mongocluster.cosmos.azure.com',
    'you',
    'doesNot',
  ],
  ['ENOTFOUND', 'could not translate host name "a.postgres.cosmos.azure.com" to address', 'you', 'doesNot'],
  ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN a.b.c', 'you', 'helps'],
  ['ECONNREFUSED', 'connect ECONNREFUSED 203.0.113.9:10260', 'owner', 'unknown'],
  ['ECONNREFUSED', 'dial tcp 203.0.113.9:10260: connect: connection refused', 'owner', 'unknown'],
  ['ETIMEDOUT', 'connect ETIMEDOUT 203.0.113.9:10260', 'you', 'unknown'],
  ['ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.4:10260', 'you', 'doesNot'],
  ['ECONNRESET', 'read ECONNRESET', 'nobody', 'helps'],
  ['EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.4:10260', 'you', 'doesNot'],
  ['CERT_HAS_EXPIRED', "code: 'CERT_HAS_EXPIRED'", 'owner', 'doesNot'],
  ['SELF_SIGNED_CERT_IN_CHAIN', "code: 'SELF_SIGNED_CERT_IN_CHAIN'", 'administrator', 'doesNot'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'x509: certificate signed by unknown authority', 'administrator', 'doesNot'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', "code: 'ERR_TLS_CERT_ALTNAME_INVALID'", 'you', 'doesNot'],
  ['EPROTO', 'write EPROTO', 'you', 'doesNot'],
];

const sources = {
  entra: entraLines,
  mongodb: mongoLines,
  postgres: postgresLines,
  azure: azureLines,
  cosmos: cosmosLines,
  network: networkLines,
} as const;

const briefly = ({ source, code }: ExplainedError): string => `${source} ${code}`;
const codes = (text: string): readonly string[] => readErrors(text).errors.map(briefly);

describe('an error that somebody has', () => {
  it('is one of at least 120 that are known here', () => {
    const known = Object.values(sources)
      .flat()
      .filter(([, , who]) => who !== '?')
      .map(([code]) => code);
    assert.ok(new Set(known).size >= 120, String(new Set(known).size));
  });

  for (const [source, lines] of Object.entries(sources))
    describe(`of ${source}`, () => {
      for (const [code, text, who, waits] of lines)
        it(`${code}: ${text.slice(0, 50)}`, () => {
          const { errors } = readErrors(text);
          assert.deepEqual(
            errors.map((error) => [briefly(error), error.who ?? '?', error.waits]),
            [[`${source} ${code}`, who, waits]],
          );
          assert.ok(errors.every(({ link }) => URL.canParse(link)));
          if (source === 'entra' && code.startsWith('AADSTS'))
            assert.ok(errors[0]?.link.endsWith(`code=${code.replace('AADSTS', '')}`));
        });
    });

  it('of an address in a private network is not mended by a firewall, of any other it may be', () => {
    const helps = (text: string): readonly unknown[] => readErrors(text).errors.map(({ help }) => help);
    const silences: readonly ((address: string) => string)[] = [
      (address) => `connect ETIMEDOUT ${address}:10260`,
      (address) => `dial tcp ${address.includes(':') ? `[${address}]` : address}:10260: i/o timeout`,
      (address) => `connection to server at "c-a.b.c" (${address}), port 5432 failed: Connection timed out`,
    ];
    for (const silence of silences) {
      for (const own of ['10.0.0.4', '172.31.255.1', '192.168.1.9', '100.64.0.1', 'fd12::4', 'fc00::a:b'])
        assert.deepEqual(helps(silence(own)), [undefined], silence(own));
      for (const other of ['203.0.113.9', '172.32.0.1', '100.128.0.1', '11.0.0.4', '2001:db8::4'])
        assert.deepEqual(helps(silence(other)), ['addMyIp'], silence(other));
      assert.deepEqual(helps(`${silence('10.0.0.4')}\n${silence('203.0.113.9')}`), ['addMyIp']);
    }
    assert.deepEqual(helps('10:20:30 connect ETIMEDOUT'), ['addMyIp']);
    const selection = (address: string): string =>
      `MongoServerSelectionError: Server selection timed out after 30000 ms\n[cause]: connect ETIMEDOUT ${address}:10260`;
    assert.deepEqual(helps(selection('10.0.0.4')), [undefined, undefined]);
    assert.deepEqual(helps(selection('203.0.113.9')), ['addMyIp', 'addMyIp']);
  });

  it('is found beside others, who refuses first', () => {
    const text = `MongoServerSelectionError: Server selection timed out after 30000 ms
      cause: Error: querySrv ENOTFOUND _mongodb._tcp.orders.mongocluster.cosmos.azure.com
      before: ${entra(700_016)}
      ${mongo(13, 'Unauthorized')} ${mongo(13, 'Unauthorized')}`;
    assert.deepEqual(codes(text), [
      'entra AADSTS700016',
      'mongodb 13',
      'network ENOTFOUND',
      'mongodb server selection',
    ]);
  });

  it('is the account’s where its answer has a name of Azure’s', () => {
    const text = `{"code":"Forbidden","message":"Request blocked. ActivityId: ${guid}"} StatusCode: 403, Substatus: 5301`;
    assert.deepEqual(codes(text), ['cosmos 403/5301']);
  });

  it('is one, however often it is said: in a code and in words, by its status and by its reason', () => {
    for (const [text, expected] of [
      [`${cosmos(403)} This is blocked by your Cosmos DB account firewall settings.`, 'cosmos 403/firewall'],
      ["write EPIPE { code: 'EPIPE' }", 'network EPIPE'],
      [
        "unable to get local issuer certificate { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }",
        'network UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      ],
      [`${mongo(13, 'Unauthorized')} ${mongo(13, 'Unauthorized')}`, 'mongodb 13'],
    ] as const)
      assert.deepEqual(codes(text), [expected]);
  });

  it('is not made of what only looks like one', () => {
    for (const text of [
      '',
      'Process finished with exit code 13',
      'HTTP 404 at https://example.com/?code=50076',
      'const code = 18; // AADSTS',
      'invalid grants and an ordinary sentence, in (Brackets)',
      '00000000-0000-4000-8000-000000050076',
      'MongoServerError: nothing more, exit code: 13',
    ])
      assert.deepEqual(codes(text), [], text);
  });

  it('says what it names, for whoever is asked to help', () => {
    const of = (text: string): Record<string, string> =>
      Object.fromEntries(readErrors(text).named.map(({ what, value }) => [what, value]));
    assert.deepEqual(
      of(
        `AADSTS700016: Application with identifier '${guid}' was not found in the directory 'Contoso'. Trace ID: ${guid} Correlation ID: ${guid} Timestamp: 2026-01-05 08:00:00Z`,
      ),
      {
        application: guid,
        tenant: 'Contoso',
        time: '2026-01-05 08:00:00Z',
        correlation: guid,
        trace: guid,
      },
    );
    const id = '/subscriptions/5b5c0000-0000-4000-8000-000000000001/resourceGroups/shop';
    assert.deepEqual(
      of(
        `(AuthorizationFailed) The client 'kai@contoso.com' with object id '${guid}' does not have authorization to perform action 'Microsoft.DocumentDB/mongoClusters/write' over scope '${id}' or the scope is invalid.`,
      ),
      { object: guid, action: 'Microsoft.DocumentDB/mongoClusters/write', scope: id },
    );
    assert.deepEqual(of('Request originated from IP 203.0.113.9 through public internet.'), {
      address: '203.0.113.9',
    });
    assert.deepEqual(of('querySrv ENOTFOUND _mongodb._tcp.orders.mongocluster.cosmos.azure.com'), {
      host: 'orders.mongocluster.cosmos.azure.com',
    });
    assert.deepEqual(of('FATAL:  password authentication failed for user "kai@contoso.com"'), {
      user: 'kai@contoso.com',
    });
  });

  it('with a token or another secret is said to have one, and nothing of it comes out', () => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ oid: guid, exp: 1_900_000_000 })}.c2lnbmF0dXJl`;
    const pasted = readErrors(`AADSTS50076 with Authorization: Bearer ${token}`);
    assert.equal(pasted.secret, 'token');
    assert.ok(!JSON.stringify(pasted).includes(token.slice(0, 30)));
    assert.deepEqual(pasted.errors.map(briefly), ['entra AADSTS50076']);

    const login = readErrors(
      `MongoServerError code: 18 mongodb+srv://kai:hunter2hunter2@orders.example/shop`,
    );
    assert.equal(login.secret, 'other');
    assert.ok(!JSON.stringify(login).includes('hunter2'));
    assert.equal(readErrors(entra(50_076)).secret, undefined);
  });

  it('is read in time that grows with the text, and no faster', () => {
    const pieces = [
      'code: ',
      '((((',
      'AADSTS5',
      'codeName: "',
      'host ',
      'a'.repeat(60),
      'sub status ',
      '"error_codes":[',
    ];
    for (const piece of [...pieces, `${entra(50_076)} ${mongo(13, 'Unauthorized')}\n`]) {
      const text = piece.repeat(Math.ceil(1e5 / piece.length)).slice(0, 1e5);
      const began = process.cpuUsage();
      readErrors(text);
      const { user, system } = process.cpuUsage(began);
      assert.equal(readErrors(text).onlyRead, undefined);
      assert.ok(user + system < 1e6, `${piece}: ${(user + system) / 1e3} ms`);
    }
  });
});

describe('a failure here', () => {
  it('is the error that a service or the network made of it', () => {
    const asked = { tenant: guid };
    const found = [
      errorOfFailure({ code: 'signInRefused', aadsts: 53_003, reason: 'conditionalAccess', ...asked }),
      errorOfFailure({ code: 'database', serverCode: 13, name: 'Unauthorized', message: '' }),
      errorOfFailure({ code: 'databaseSignInRefused', host: 'a.b', serverCode: 13 }),
      errorOfFailure({ code: 'databaseUnreachable', host: 'a.b', detail: 'ETIMEDOUT', cause: 'timeout' }),
      errorOfFailure({ code: 'forbidden', serviceCode: 'ScopeLocked', message: '' }),
      errorOfFailure({
        code: 'halfDone',
        left: 'both',
        reason: { code: 'throttled', seconds: 5 },
      }),
      errorOfFailure({ code: 'cancelled' }),
    ].map((error) => error && [error.source, error.meaning, error.code]);
    assert.deepEqual(found, [
      ['entra', 'conditionalAccess', 'AADSTS53003'],
      ['mongodb', 'notAllowed', '13'],
      ['mongodb', 'signIn', '13'],
      ['network', 'timeout', 'ETIMEDOUT'],
      ['azure', 'locked', 'ScopeLocked'],
      ['azure', 'throttled', 'TooManyRequests'],
      undefined,
    ]);
  });

  describe('of a hostile text', () => {
    const jwt = [`{"typ":"JWT","alg":"RS256"}`, `{"aud":"https://example.com","iss":"abc","oid":"def"}`]
      .map((part) => Buffer.from(part).toString('base64url'))
      .concat('c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl')
      .join('.');
    const folded = (by: string): string => jwt.replaceAll(/(.{48})/g, `$1${by}`);

    for (const [how, token] of Object.entries({
      'as it is': jwt,
      'in an address': `https://example.com/?t=${jwt}&x=1`,
      'in an encoded address': encodeURIComponent(`https://example.com/?t=${jwt}`),
      'with its dots encoded': jwt.replaceAll('.', '%2E'),
      'in JSON in JSON': JSON.stringify(JSON.stringify({ x: jwt })),
      'over several lines': folded('\n'),
      'over several lines of another system': folded('\r\n'),
      'over several lines in JSON': folded(String.raw`\n`),
      'with what is not to be seen in it': jwt.replaceAll(/(.{5})/g, '$1\u200b\u2060'),
    }))
      it(`tells and hides a token ${how}`, () => {
        const { errors, secret, shown } = readErrors(`AADSTS50105: refused ${token} end`);
        assert.deepEqual([errors.map(({ code }) => code), secret], [['AADSTS50105'], 'token']);
        const plain = shown.replaceAll(/[^\w-]/g, '');
        for (const part of jwt.split('.'))
          for (let at = 0; at + 12 <= part.length; at++)
            assert.ok(!plain.includes(part.slice(at, at + 12)), shown);
      });

    it('finds a code that has something in it that is not to be seen', () => {
      const { errors, shown } = readErrors('\u202eAADSTS\u200b50105\u2069');
      assert.deepEqual([errors.map(({ code }) => code), shown], [['AADSTS50105'], 'AADSTS50105']);
    });

    for (const piece of [
      'a',
      'eyJ',
      '-eyJ',
      'AADSTS50105 ',
      '"',
      ' ',
      '%2F',
      '\\"',
      'code:',
      'password=',
      '//a:',
    ])
      it(`of ten megabytes of ${JSON.stringify(piece)} reads the beginning at once, and says so`, () => {
        const long = piece.repeat(Math.ceil(10_000_000 / piece.length));
        const began = process.cpuUsage();
        const { errors, shown, onlyRead } = readErrors(`AADSTS700016: none ${long} AADSTS700082: none`);
        const { user, system } = process.cpuUsage(began);
        assert.ok(user + system < 1e6, `${(user + system) / 1e3} ms`);
        const codes = errors.map(({ code }) => code);
        assert.deepEqual([codes.includes('AADSTS700016'), codes.includes('AADSTS700082')], [true, false]);
        assert.ok(shown.length <= 2000);
        assert.equal(onlyRead, 100_000);
      });
  });
});
