import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { addressIn, askEcho } from '../../src/core/access/ownAddress.ts';
import { failureOf, localAzure, printed, startWitness, until } from './stage.ts';
import type { Testimony, Witness } from './stage.ts';

const never = new AbortController().signal;

describe('the address of this machine', () => {
  describe('as a service elsewhere sees it', () => {
    const azure = localAzure();
    const witnesses: Witness[] = [];
    afterEach(() => Promise.all(witnesses.splice(0).map((witness) => witness.close())));

    /** A service that answers so. */
    const echo = async (answer: Testimony | (() => Testimony | Promise<Testimony>)): Promise<Witness> => {
      const witness = await startWitness(typeof answer === 'function' ? answer : () => answer);
      witnesses.push(witness);
      return witness;
    };
    const told = async (answer: Testimony) => askEcho(`${(await echo(answer)).origin}/`, never);
    const refusal = async (answer: Testimony) => {
      const { origin } = await echo(answer);
      const data = await failureOf(askEcho(origin, never));
      assert.deepEqual(data, { code: 'malformed', host: new URL(origin).host });
    };

    it('is what it says, as text or as JSON', async () => {
      const { echo: service } = azure().endpoints;
      assert.equal(await askEcho(service, never), '203.0.113.77');
      assert.equal(await askEcho(`${service}/?format=json`, never), '203.0.113.77');
      assert.equal(await told({ status: 200, body: '203.0.113.7\n' }), '203.0.113.7');
    });

    it('is asked for without a token, a name, or anything else that tells of Azure', async () => {
      const { origin, requests } = await echo({ status: 200, body: { ip: '203.0.113.7' } });
      assert.equal(await askEcho(`${origin}/ip?format=json`, never), '203.0.113.7');
      assert.deepEqual(requests, [
        {
          method: 'GET',
          url: '/ip?format=json',
          headers: {
            accept: 'text/plain, application/json',
            connection: 'keep-alive',
            host: new URL(origin).host,
          },
        },
      ]);
    });

    it('is asked for over TLS only', async () => {
      for (const service of ['http://127.0.0.1:1', 'ftp://127.0.0.1', '127.0.0.1', 'echo.example', '']) {
        const data = await failureOf(askEcho(service, never));
        assert.deepEqual(
          data,
          { code: 'badSetting', setting: 'firewall.echoService', problem: 'notHttps' },
          service,
        );
      }
    });

    it('is not what stands beside an error, however well it looks', async () => {
      for (const status of [500, 404, 204, 301, 206, 429])
        await refusal({ status, ...(status === 204 ? {} : { body: '203.0.113.7' }) });
    });

    it('is one of IPv4: others are no use in a firewall', async () => {
      await refusal({ status: 200, body: '2001:db8::7' });
      await refusal({ status: 200, body: '' });
      await refusal({ status: 200, body: 'none of your business' });
      await refusal({ status: 200, body: { ip: '203.0.113.7', proxy: '198.51.100.1' } });
    });

    it('is not to be found in a page, not even at its beginning', async () => {
      await refusal({ status: 200, body: `203.0.113.7${' '.repeat(2000)}` });
      await refusal({ status: 200, body: `${' '.repeat(993)}203.0.113.77` });
      assert.equal(await told({ status: 200, body: `203.0.113.77${' '.repeat(900)}` }), '203.0.113.77');
    });

    it('cannot be had of a service that is not there, or never answers', async () => {
      const { origin } = await echo({ status: 200 });
      await witnesses.pop()?.close();
      const { host } = new URL(origin);
      assert.deepEqual(await failureOf(askEcho(origin, never)), {
        code: 'unreachable',
        host,
        detail: 'ECONNREFUSED',
      });

      const silent = await echo(() => new Promise<Testimony>(() => undefined));
      const original = Object.getOwnPropertyDescriptor(Socket.prototype, 'setTimeout');
      assert.ok(original !== undefined);
      const waits: number[] = [];
      Object.defineProperty(Socket.prototype, 'setTimeout', {
        ...original,
        value(this: Socket, milliseconds: number, ...more: (() => void)[]): Socket {
          waits.push(milliseconds);
          return (original.value as typeof Socket.prototype.setTimeout).call(
            this,
            Math.min(milliseconds, 100),
            ...more,
          );
        },
      });
      try {
        assert.deepEqual(await failureOf(askEcho(silent.origin, never)), {
          code: 'unreachable',
          host: new URL(silent.origin).host,
          detail: 'ETIMEDOUT',
        });
        assert.ok(waits.includes(10_000), waits.join(' '));
      } finally {
        Object.defineProperty(Socket.prototype, 'setTimeout', original);
      }
    });

    it('breaks off in the middle like any other answer', async () => {
      azure().faults.add({ service: 'echo', fault: { kind: 'drop' } });
      const data = await failureOf(askEcho(azure().endpoints.echo, never));
      assert.deepEqual(data, {
        code: 'unreachable',
        host: new URL(azure().endpoints.echo).host,
        detail: 'ECONNRESET',
      });
    });

    it('is of no interest any more to who went away', async () => {
      const stop = new AbortController();
      const { origin, requests } = await echo(() => new Promise<Testimony>(() => undefined));
      const asking = failureOf(askEcho(origin, stop.signal));
      await until(() => requests.length === 1);
      stop.abort();
      assert.deepEqual(await asking, { code: 'cancelled' });

      const gone = askEcho(azure().endpoints.echo, AbortSignal.abort());
      assert.deepEqual(await failureOf(gone), { code: 'cancelled' });
      assert.ok(azure().requests.every(({ service }) => service !== 'echo'));
    });

    it('is refused of who cannot prove to be that service', async () => {
      const { origin } = await echo({ status: 200, body: '203.0.113.7' });
      const error: unknown = await askEcho(origin.replace('127.0.0.1', 'localhost'), never).catch(
        (reason: unknown) => reason,
      );
      assert.match(printed(error), /ERR_TLS_CERT_ALTNAME_INVALID/);
    });
  });

  describe('as a service names it that turns somebody away', () => {
    it('is the one address that its words hold', () => {
      const words: Record<string, string | undefined> = {
        "Client with IP address '203.0.113.7' is not allowed to access the server.": '203.0.113.7',
        'Request originated from IP 203.0.113.77 through public internet. This is blocked by your Cosmos DB account firewall settings.':
          '203.0.113.77',
        'FATAL: no pg_hba.conf entry for host "203.0.113.7", user "kai", database "citus", SSL encryption':
          '203.0.113.7',
        'Connections are not accepted from 203.0.113.7.': '203.0.113.7',
        'Blocked: 203.0.113.77.\nAdd 203.0.113.77 to the firewall.': '203.0.113.77',
        '203.0.113.7:51234 was refused': '203.0.113.7',
        '::ffff:203.0.113.7': '203.0.113.7',
        '{"ip":"203.0.113.7"}': '203.0.113.7',
        'Not 203.0.113.7 but 198.51.100.1 asked': undefined,
        'version 203.0.113.7.9': undefined,
        'version 1.203.0.113.7': undefined,
        'number 1203.0.113.7': undefined,
        'number 203.0.113.7777': undefined,
        '203.0.113.299': undefined,
        '203.0.113.299 or 203.0.113.7': '203.0.113.7',
        '203.0.113.07': undefined,
        // For a firewall that is all of Azure, and nobody comes from there.
        '0.0.0.0': undefined,
        'from 0.0.0.0 or 203.0.113.7': '203.0.113.7',
        'connection closed': undefined,
        '': undefined,
      };
      for (const [text, wanted] of Object.entries(words)) assert.equal(addressIn(text), wanted, text);
    });

    it('is found wherever it stands', () => {
      const around = fc.stringMatching(/^[a-zA-Z '"(),:;=[\]{}\n]*$/);
      fc.assert(
        fc.property(fc.ipV4(), around, around, (address, before, after) => {
          const wanted = address === '0.0.0.0' ? undefined : address;
          assert.equal(addressIn(`${before}${address}${after}`), wanted);
          assert.equal(addressIn(`${before}${address}${after} ${address}.`), wanted);
        }),
      );
    });
  });
});
