import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';

interface PluginRequest {
  readonly Name?: string;
  readonly Opts?: Readonly<Record<string, string>>;
}

/** A volume plugin of Docker whose volumes are directories. With the option `hang` it never answers the call of that name, such as `Mount`. */
export class VolumePlugin {
  readonly name: string;
  /** Options of the volumes there are, by name. */
  readonly volumes = new Map<string, Readonly<Record<string, string>>>();
  /** Names of calls that nobody gets an answer to. */
  readonly hanging: string[] = [];
  readonly #directory: string;
  readonly #socket: string;
  readonly #server: Server;

  constructor(name: string, directory: string) {
    this.name = name;
    this.#directory = directory;
    this.#socket = `/run/docker/plugins/${name}.sock`;
    this.#server = createServer((request, response) => {
      void readJson(request).then((body) => {
        const answer = this.#answer((request.url ?? '').replace('/VolumeDriver.', ''), body);
        if (answer === undefined) this.hanging.push(request.url ?? '');
        else response.setHeader('content-type', 'application/vnd.docker.plugins.v1+json').end(JSON.stringify(answer));
      });
    });
  }

  async start(): Promise<void> {
    mkdirSync('/run/docker/plugins', { recursive: true });
    rmSync(this.#socket, { force: true });
    await new Promise<void>((resolve) => this.#server.listen(this.#socket, resolve));
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.#socket, { force: true });
  }

  #answer(call: string, { Name = '', Opts }: PluginRequest): object | undefined {
    const options = Opts ?? this.volumes.get(Name) ?? {};
    if (options['hang'] === call) return undefined;
    const Mountpoint = `${this.#directory}/${Name}`;
    switch (call) {
      case '/Plugin.Activate':
        return { Implements: ['VolumeDriver'] };
      case 'Capabilities':
        return { Capabilities: { Scope: 'local' } };
      case 'Create':
        this.volumes.set(Name, options);
        mkdirSync(Mountpoint, { recursive: true });
        return { Err: '' };
      case 'Get':
        return this.volumes.has(Name) ? { Volume: { Name, Mountpoint }, Err: '' } : { Err: 'no such volume' };
      case 'List':
        return { Volumes: [...this.volumes.keys()].map((name) => ({ Name: name })), Err: '' };
      case 'Remove':
        this.volumes.delete(Name);
        return { Err: '' };
      default:
        return { Mountpoint, Err: '' };
    }
  }
}

async function readJson(request: IncomingMessage): Promise<PluginRequest> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as PluginRequest);
}
