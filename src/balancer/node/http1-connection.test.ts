import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { attributes } from '../contract/world.ts';
import { limits } from '../limits.ts';
import { Http1Connection } from './http1-connection.ts';
import type { HttpContext } from './http-context.ts';

/** A client that takes bytes when the test says so. */
class SlowClient extends Duplex {
  text = '';
  #taken: (() => void) | undefined;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('latin1');
    this.#taken = done;
  }

  takeAll(): void {
    this.#taken?.();
  }
}

describe('a client that reads slowly', () => {
  const open = (): { client: SlowClient; connection: Http1Connection; at(nowMs: number): void } => {
    let nowMs = 1_000;
    const body = 'x'.repeat(1_000);
    const context = {
      parts: { nowMs: () => nowMs, log: silentLog },
      attributes,
      dnsName: '',
      headRules: { dropInvalidHeaderFields: false, strictest: false },
      figures: { requests: 0, countOwn: () => undefined },
      retiring: false,
      clientFacts: () => ({ address: '127.0.0.1', port: 1, protocol: 'http', listenerPort: 80 }),
      route: () => ({ kind: 'answer', answer: { status: 200, contentType: 'text/plain', body } }),
      closed: () => undefined,
    } as unknown as HttpContext;
    const client = new SlowClient();
    const connection = new Http1Connection(client as unknown as Socket, context, undefined);
    return {
      client,
      connection,
      at: (ms) => {
        nowMs = ms;
        connection.sweep(ms);
      },
    };
  };
  const request = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('[BL-22] gets the end of its last answer after more than the linger time', async () => {
    const { client, at } = open();
    client.push(request);
    await turn();
    at(1_000 + limits.lingerMs * 3);
    expect(client.destroyed).toBe(false);
    client.takeAll();
    await turn();
    expect(client.text).toMatch(/x{1000}$/);
    expect(client.writableFinished).toBe(true);
    // It may still say something, which is dropped, and then it is over.
    at(1_000 + limits.lingerMs * 4);
    expect(client.destroyed).toBe(false);
    at(1_000 + limits.lingerMs * 5 + 1);
    expect(client.destroyed).toBe(true);
  });

  test('[BL-11] is asked no more when answers wait for it, and gets them all in the end', async () => {
    const { client } = open();
    const [requests, again] = [200, request.replace('Connection: close\r\n', '')];
    client.push(again.repeat(requests / 2));
    await turn();
    client.push(again.repeat(requests / 2));
    await turn();
    expect(client.writableLength).toBeLessThan(4 * client.writableHighWaterMark);
    for (let i = 0; i < requests * 2 && client.text.split('HTTP/1.1 200').length <= requests; i += 1) {
      client.takeAll();
      await turn();
    }
    expect(client.text.split('HTTP/1.1 200')).toHaveLength(requests + 1);
  });

  test('[BL-22] is not waited for longer than the idle timeout', async () => {
    const { client, at } = open();
    client.push(request);
    await turn();
    at(1_000 + attributes.idleTimeoutMs + 1);
    expect(client.destroyed).toBe(true);
  });
});
