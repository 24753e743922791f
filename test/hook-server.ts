import { createServer, type Server } from 'node:http';
import type { LifecycleHookAnswer, LifecycleHooks } from '../src/services/ecs/index.ts';

/** A lifecycle hook: gets the payload, answers as a function does. */
type Hook = (payload: Parameters<LifecycleHooks['call']>[1]) => Promise<LifecycleHookAnswer>;

const invocation = /^\/2015-03-31\/functions\/([^/?]+)\/invocations/;

/** Functions behind Lambda's Invoke API, as far as deployments call it. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export class HookServer {
  /** By the name of the function. */
  readonly functions = new Map<string, Hook>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const name = invocation.exec(request.url ?? '')?.[1] ?? '';
        this.#invoke(name, body).then(
          (answer) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
          (error: unknown) =>
            response
              .writeHead(200, { 'x-amz-function-error': 'Unhandled' })
              .end(JSON.stringify({ errorMessage: String(error) })),
        );
      });
    });
  }

  async #invoke(name: string, body: string): Promise<LifecycleHookAnswer> {
    const hook = this.functions.get(name);
    if (hook === undefined) throw new Error(`there is no function ${name}`);
    return hook(JSON.parse(body) as Parameters<Hook>[0]);
  }

  /** @returns the endpoint */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the hook server has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
