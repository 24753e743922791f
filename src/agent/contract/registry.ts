import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

/** A registry on 127.0.0.1 that has one image, under every name and tag; of the distribution API what a pull needs. */
export class TestRegistry {
  readonly #server: Server;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifest: Buffer;

  /** @param archive a `docker save` archive of one layer */
  constructor(archive: Uint8Array) {
    const files = filesOf(Buffer.from(archive));
    const configName = [...files.keys()].find((name) => name.endsWith('.json') && name !== 'manifest.json') ?? '';
    // Another image than the archive's, which the engine may have and use.
    const given = JSON.parse(files.get(configName)?.toString('utf8') ?? '{}') as object;
    const config = Buffer.from(JSON.stringify({ ...given, created: '2020-01-01T00:00:00Z' }));
    const layer = gzipSync(files.get('layer.tar') ?? Buffer.alloc(0));
    for (const blob of [config, layer]) this.#blobs.set(digestOf(blob), blob);
    const described = (mediaType: string, blob: Buffer) => ({ mediaType, size: blob.length, digest: digestOf(blob) });
    this.#manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: described('application/vnd.docker.container.image.v1+json', config),
        layers: [described('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)],
      }),
    );
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      const wantsManifest = path.includes('/manifests/');
      const found = wantsManifest ? this.#manifest : this.#blobs.get(path.slice(path.lastIndexOf('/') + 1));
      if (path === '/v2/') return void response.end('{}');
      if (found === undefined) return void response.writeHead(404).end();
      response.writeHead(200, {
        'Content-Type': wantsManifest ? manifestType : 'application/octet-stream',
        'Content-Length': found.length,
        'Docker-Content-Digest': digestOf(found),
      });
      response.end(request.method === 'HEAD' ? undefined : found);
    });
  }

  /** @returns `127.0.0.1:<port>`, which Docker reaches without TLS, and Podman when its registries.conf says so */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `127.0.0.1:${port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function filesOf(tar: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    files.set(name, tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
