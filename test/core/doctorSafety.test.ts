/** Servers, clouds and names that mean ill, or are broken, and somebody who only looks. */
import assert from 'node:assert/strict';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import type { Cloud } from '../../src/core/identity/clouds.ts';
import type { DatabaseAccount, ServerGroup } from '../local-azure/organisation.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { examine, everyCloud, told } from './doctorStage.ts';
import type { Case } from './doctorStage.ts';
import { nothingUncaught, startHostile } from './hostile.ts';
import { azure, gateway, holdsNoToken, names, onSessions } from './sessionStage.ts';
import { until } from './stage.ts';

describe('an examination that is meant ill', () => {
  onSessions();
  nothingUncaught();

  describe('by an account', () => {
    for (const [what, answer, command] of [
      ['never ends its body', drip('HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n'), 'fail failed'],
      ['never ends its headers', drip('HTTP/1.1 200 OK\r\nX-A: '), 'fail failed'],
      ['speaks of another protocol', once101(), 'fail failed'],
      ['sends no end of megabytes', flood('HTTP/1.1 200 OK\r\n\r\n'), 'pass'],
      ['speaks no HTTP', (socket: TLSSocket) => void socket.write('\0\x01garbage\r\n\r\n'), 'fail failed'],
      [
        'sends somewhere else',
        (socket: TLSSocket) =>
          void socket.end(
            'HTTP/1.1 307 T\r\nLocation: https://evil.example/dbs\r\nContent-Length: 0\r\n\r\n',
          ),
        'fail commandRefused',
      ],
    ] as const)
      it(`that ${what} is told so in its time, and nothing stays open`, async () => {
        const server = await startHostile([accountHost()], answer);
        account().properties.documentEndpoint = `https://${accountHost()}:${server.port}/`;
        const started = performance.now();
        const report = await examine({ at: 'catalog' }).examination.run();
        assert.equal(told(report).results['command'], command, inspect([...report.results], { depth: 6 }));
        assert.ok(performance.now() - started < 10_000);
        await until(() => server.open === 0);
      });
  });

  describe('by a server of PostgreSQL’s', () => {
    const message = (type: string, ...bytes: readonly number[]): Buffer =>
      Buffer.from([type.charCodeAt(0), 0, 0, 0, bytes.length + 4, ...bytes]);
    for (const [what, ...sent] of [
      ['wants to be signed in to in a way that nobody knows', message('R', 0, 0, 0, 99)],
      ['wants a way with much arithmetic', message('R', 0, 0, 0, 10, ...Buffer.from('SCRAM-SHA-256\0\0'))],
      ['does not end a message', message('R')],
      ['promises a message of nothing', Buffer.from([0x52, 0, 0, 0, 0])],
      ['promises a message of everything', Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff])],
      ['does not end a text', message('E', 0x53, 0x41)],
      ['knows of more columns than there are', message('T', 0xff, 0xff)],
      ['speaks something else', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      ['says nothing'],
    ] as const)
      it(`that ${what} is told so in its time, and nothing stays open`, async () => {
        const server = await startHostile(
          [ledgerHost()],
          (socket) => {
            socket.once('data', () => {
              for (const one of sent) socket.write(one);
            });
          },
          'askedForTls',
        );
        const started = performance.now();
        const report = await examine(onPort(server.port)).examination.run();
        const signIn = report.results.get('signIn');
        assert.equal(signIn?.state, 'fail', inspect(signIn, { depth: 6 }));
        assert.ok(performance.now() - started < 10_000);
        await until(() => server.open === 0);
      });

    it('that sends no end of megabytes is not listened to', async () => {
      const server = await startHostile([ledgerHost()], flood(message('N', 0x53, 0x41, 0, 0)), 'askedForTls');
      const report = await examine(onPort(server.port)).examination.run();
      assert.equal(report.results.get('signIn')?.state, 'fail');
      await until(() => server.open === 0);
    });

    it('that says what it was told says nothing of a token', async () => {
      const server = await startHostile(
        [ledgerHost()],
        (socket) => {
          socket.once('data', () => {
            socket.write(message('R', 0, 0, 0, 3));
            socket.once('data', (password) => {
              const text = `password ${password.toString('latin1', 5, password.length - 1)} is wrong`;
              const body = Buffer.from(`SFATAL\0C28P01\0M${text}\0\0`);
              const head = Buffer.from([0x45, 0, 0, 0, 0]);
              head.writeUInt32BE(body.length + 4, 1);
              socket.write(Buffer.concat([head, body]));
            });
          });
        },
        'askedForTls',
      );
      const { examination, stage } = examine(onPort(server.port));
      const report = await examination.run();
      assert.equal(told(report).results['signIn'], 'fail signInRefused');
      holdsNoToken(stage, inspect([...report.results], { depth: 10 }));
      await until(() => server.open === 0);
    });
  });

  describe('by Azure, which names a host that is none of its own,', () => {
    const suffixOf = (at: string): string => at.split('.').slice(-3).join('.');
    const ills = (at: string): readonly string[] => [
      'evil.example',
      `${at}.evil.example`,
      `${at}.`,
      `evil${suffixOf(at)}`,
      suffixOf(at),
      '127.0.0.1',
      '169.254.169.254',
      '[::1]',
      '2130706433',
      'localhost',
      `xn--evil-.${suffixOf(at)}/@evil.example`,
      `${at}@evil.example`,
      `${at}%2eevil.example`,
    ];
    const here = { addresses: async () => [{ address: '127.0.0.1', family: 4 as const }] };

    it('goes to none of them for an account', async () => {
      const usual = accountHost();
      const server = await startHostile([usual], () => undefined);
      for (const ill of ills(usual)) {
        account().properties.documentEndpoint = `https://${ill}:${server.port}/`;
        const report = await examine({ at: 'catalog', resolver: here }).examination.run();
        assert.match(told(report).results['names'] ?? '', /^fail /, ill);
        assert.equal(server.all, 0, ill);
      }
    });

    it('goes to no other port for an account, but in a cloud of somebody’s own', async () => {
      const away = { addresses: async () => [{ address: '203.0.113.9', family: 4 as const }] };
      const names = async (id: Cloud['id'], port: string): Promise<string | undefined> => {
        account().properties.documentEndpoint = `https://${accountHost()}${port}/`;
        const cloud = { ...everyCloud(), id };
        const { examination } = examine({ at: 'catalog', cloud, resolver: away });
        return told(await examination.run()).results['names'];
      };
      assert.equal(await names('public', ':8443'), 'fail hostRefused');
      assert.equal(await names('public', ''), 'pass');
      assert.equal(await names('custom', ':8443'), 'pass');
    });

    it('goes to none of them for PostgreSQL', async () => {
      const usual = ledgerHost();
      const server = await startHostile([usual], () => undefined, 'askedForTls');
      for (const ill of ills(usual)) {
        ledger().properties.serverNames.splice(0, 1, {
          ...(ledger().properties.serverNames[0] ?? assert.fail()),
          fullyQualifiedDomainName: ill,
        });
        const report = await examine({ ...onPort(server.port), resolver: here }).examination.run();
        assert.match(told(report).results['names'] ?? '', /^fail /, ill);
        assert.equal(server.all, 0, ill);
      }
    });
  });

  it('by a database that says back what it was told says nothing of a token', async () => {
    const { kai } = samplePeople();
    const token = await azure().issueToken(kai.userPrincipalName, {
      tenant: kai.tenantId,
      resource: 'https://ossrdbms-aad.database.windows.net',
    });
    gateway().forceRoles(kai.id, ['clusterAdmin', token as 'root']);
    const report = await examine().examination.run();
    assert.deepEqual(told(report).causes, ['halfRole']);
    const text = inspect([...report.results], { depth: 10 });
    for (const part of token.split('.')) assert.ok(!text.includes(part), text);
  });

  describe('that is made again from a check', () => {
    it('looks at what was stopped, too: nothing is called healthy that nobody saw', async () => {
      names().fail('silence', 'orders-eu');
      const { examination } = examine();
      const running = examination.run();
      await until(() => examination.report.results.get('claims')?.state === 'pass');
      examination.stop();
      assert.equal((await running).results.get('network')?.state, 'notRun');
      names().recover();
      const report = await examination.run('token');
      assert.equal(report.results.get('network')?.state, 'pass');
      assert.equal(told(report).state, 'healthy', inspect(told(report)));
    });

    it('looks at what waited for it, too: what has been mended is not wrong any more', async () => {
      gateway().faults.refuseSignIn(18, 0);
      const { examination } = examine();
      assert.deepEqual(told(await examination.run()).causes, ['notInYet']);
      gateway().faults.clear();
      assert.deepEqual(told(await examination.run('signIn')).causes, []);
    });
  });

  it('fifty times leaves nothing open', async () => {
    const { examination } = examine();
    await examination.run();
    const before = sockets();
    for (let time = 0; time < 50; time++) await examination.run();
    await until(() => sockets() <= before);
    assert.equal(told(examination.report).state, 'healthy');
  }).timeout(60_000);
});

function sockets(): number {
  return process.getActiveResourcesInfo().filter((one) => /TCPSocket|TLSWrap/.test(one)).length;
}

/** A byte now and then, for ever. */
function drip(head: string) {
  return (socket: TLSSocket): void => {
    socket.write(head);
    const timer = setInterval(() => socket.write('x'), 50);
    socket.once('close', () => clearInterval(timer));
  };
}

function flood(head: string | Buffer) {
  return (socket: TLSSocket): void => {
    socket.write(head);
    const more = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536, head)));
    };
    socket.on('drain', more);
    more();
  };
}

function once101() {
  return (socket: TLSSocket): void =>
    void socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
}

function account(): DatabaseAccount {
  const found = azure().organisation.resources.find(({ name }) => name === 'catalog');
  return found?.type === 'Microsoft.DocumentDB/databaseAccounts' ? found : assert.fail();
}

function accountHost(): string {
  return new URL(account().properties.documentEndpoint).hostname;
}

function ledger(): ServerGroup {
  const found = azure().organisation.resources.find(({ name }) => name === 'ledger');
  return found?.type === 'Microsoft.DBforPostgreSQL/serverGroupsv2' ? found : assert.fail();
}

function ledgerHost(): string {
  return ledger().properties.serverNames[0]?.fullyQualifiedDomainName ?? assert.fail();
}

function onPort(port: number): Case {
  return { at: 'ledger', cloud: { ...everyCloud(), ports: { postgres: port } } };
}
