import { Unavailable, silentLog } from '../kernel/index.ts';
import { postgresImage } from '../platform/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import type { ContainerRuntime } from '../runtime/index.ts';
import type { PostgresImage, PostgresImages } from '../services/rds/index.ts';

const engineWithinMs = 5_000;
const own = `${postgresImage.repository}:${postgresImage.tag}`;
/** The official image under any of its tags, as Docker and Podman call it. */
const official = /^(?:docker\.io\/(?:library\/)?)?postgres:[\w.-]+$/;
/** In the environment of the official image, such as `PG_VERSION=16.4-1.pgdg120+1`. */
const versionVariable = /^PG_VERSION=(\d+(?:\.\d+)*)/;
const versionInTag = /:(\d+(?:\.\d+)*)[\w.-]*$/;

/**
 * Images of PostgreSQL at hand: the one that is named, and no other; else what `longshore image --postgres` made, then the official images that the engine has,
 * the newest first.
 */
export function postgresImages(options: {
  readonly named: string | undefined;
  readonly engine: (() => Promise<string>) | undefined;
}): PostgresImages {
  const { named, engine } = options;
  return async () => {
    if (engine === undefined) return named === undefined ? [] : [byItsTag(named)];
    const address = await withinTime(engine());
    const runtime = new DockerRuntime({ address, log: silentLog });
    try {
      const references = named === undefined ? await candidates(runtime) : [named];
      const found: PostgresImage[] = [];
      for (const reference of references) {
        const version = await versionOf(runtime, reference);
        if (version !== undefined) found.push({ reference, version });
      }
      return found.sort(byPreference);
    } finally {
      runtime.close();
    }
  };
}

async function candidates(runtime: ContainerRuntime): Promise<readonly string[]> {
  const references = (await runtime.listImages()).flatMap((image) => image.references);
  return [own, ...references.filter((reference) => official.test(reference))];
}

/** Undefined: the engine has no such image, or it is none of PostgreSQL. */
async function versionOf(runtime: ContainerRuntime, reference: string): Promise<string | undefined> {
  const image = await runtime.inspectImage(reference);
  const [version] = (image?.environment ?? []).flatMap((line) => versionVariable.exec(line)?.[1] ?? []);
  return version;
}

/** Where no engine can be asked, on a control plane without an agent. */
function byItsTag(reference: string): PostgresImage {
  const version = versionInTag.exec(reference)?.[1];
  if (version === undefined)
    throw new Unavailable(
      `the version of ${reference} is not known here: name the image with a tag such as postgres:16.4`,
    );
  return { reference, version };
}

function byPreference(one: PostgresImage, other: PostgresImage): number {
  if (one.reference === own || other.reference === own) return one.reference === own ? -1 : 1;
  return other.version.localeCompare(one.version, 'en', { numeric: true });
}

async function withinTime(engine: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Unavailable('no container engine answers yet')), engineWithinMs);
  });
  return Promise.race([engine, late]).finally(() => clearTimeout(timer));
}
