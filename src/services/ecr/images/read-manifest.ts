import { toText } from '../../../kernel/index.ts';
import { digestPattern, maxIndexEntries, maxLayersPerImage } from '../limits.ts';

export const mediaTypes = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
} as const;

/** What a manifest points at. */
export interface Descriptor {
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface Manifest {
  readonly mediaType: string;
  readonly artifactMediaType?: string;
  /** Configuration and layers that must be in the repository. */
  readonly blobs: readonly Descriptor[];
  /** Images that an index names. */
  readonly images: readonly Descriptor[];
  /** The image that this one says something about. */
  readonly subject?: string;
}

/** Why a text is no manifest, as a sentence. */
export interface BadManifest {
  readonly problem: string;
}

type Json = Readonly<Record<string, unknown>>;

const digest = new RegExp(`^${digestPattern}$`);
/** Layers with these are fetched from elsewhere; a registry need not have them. */
const foreign = /^application\/vnd\.(docker\.image\.rootfs\.foreign\.|oci\.image\.layer\.nondistributable\.)/;

/**
 * Reads a manifest of an image or an index. Nothing it names is opened or unpacked.
 * @param declared the media type the sender gave beside it
 */
export function readManifest(bytes: Uint8Array, declared: string | undefined): Manifest | BadManifest {
  let value: unknown;
  try {
    value = JSON.parse(toText(bytes));
  } catch {
    return { problem: 'the manifest is not JSON' };
  }
  if (!isObject(value)) return { problem: 'the manifest is not a JSON object' };
  if (value['schemaVersion'] !== 2)
    return { problem: `schemaVersion must be 2, but is ${shown(value['schemaVersion'])}` };
  const inside = value['mediaType'];
  if (inside !== undefined && typeof inside !== 'string') return { problem: 'mediaType is not a text' };
  if (inside !== undefined && declared !== undefined && inside !== declared) {
    return { problem: `mediaType is '${inside}', but the request says '${declared}'` };
  }
  const mediaType = inside ?? declared ?? guessed(value);
  switch (mediaType) {
    case mediaTypes.dockerManifest:
    case mediaTypes.ociManifest:
      return readImage(value, mediaType);
    case mediaTypes.dockerList:
    case mediaTypes.ociIndex:
      return readIndex(value, mediaType);
    default:
      return { problem: `the media type '${mediaType}' is not supported` };
  }
}

/** OCI's manifests may leave their type out. */
function guessed(value: Json): string {
  if (value['manifests'] !== undefined) return mediaTypes.ociIndex;
  return value['config'] === undefined ? '' : mediaTypes.ociManifest;
}

function readImage(value: Json, mediaType: string): Manifest | BadManifest {
  if (value['manifests'] !== undefined) return { problem: 'an image has no manifests' };
  const config = readDescriptor(value['config'], 'config');
  if ('problem' in config) return config;
  const layers = value['layers'];
  if (!Array.isArray(layers)) return { problem: 'layers is not a list' };
  if (layers.length > maxLayersPerImage) return { problem: `an image has at most ${maxLayersPerImage} layers` };
  const blobs = new Map([[config.digest, config]]);
  for (const [index, each] of layers.entries()) {
    const layer = readDescriptor(each, `layers[${index}]`);
    if ('problem' in layer) return layer;
    if (!foreign.test(layer.mediaType)) blobs.set(layer.digest, layer);
  }
  const artifact = typeof value['artifactType'] === 'string' ? value['artifactType'] : config.mediaType;
  return withSubject(value, { mediaType, artifactMediaType: artifact, blobs: [...blobs.values()], images: [] });
}

function readIndex(value: Json, mediaType: string): Manifest | BadManifest {
  if (value['layers'] !== undefined || value['config'] !== undefined)
    return { problem: 'an index has no layers and no config' };
  const manifests = value['manifests'];
  if (!Array.isArray(manifests)) return { problem: 'manifests is not a list' };
  if (manifests.length > maxIndexEntries) return { problem: `an index names at most ${maxIndexEntries} images` };
  const images = new Map<string, Descriptor>();
  for (const [index, each] of manifests.entries()) {
    const image = readDescriptor(each, `manifests[${index}]`);
    if ('problem' in image) return image;
    images.set(image.digest, image);
  }
  const artifact = value['artifactType'];
  const extra = typeof artifact === 'string' ? { artifactMediaType: artifact } : {};
  return withSubject(value, { mediaType, ...extra, blobs: [], images: [...images.values()] });
}

function withSubject(value: Json, manifest: Manifest): Manifest | BadManifest {
  if (value['subject'] === undefined) return manifest;
  const subject = readDescriptor(value['subject'], 'subject');
  return 'problem' in subject ? subject : { ...manifest, subject: subject.digest };
}

function readDescriptor(value: unknown, place: string): (Descriptor & { readonly mediaType: string }) | BadManifest {
  if (!isObject(value)) return { problem: `${place} is not an object` };
  const { digest: name, size, mediaType } = value;
  if (typeof name !== 'string' || !digest.test(name))
    return { problem: `${place}.digest is ${shown(name)}, not sha256:… of 64 hexadecimal digits` };
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    return { problem: `${place}.size is ${shown(size)}, not a number of bytes` };
  if (mediaType !== undefined && typeof mediaType !== 'string') return { problem: `${place}.mediaType is not a text` };
  return { digest: name, sizeBytes: size as number, mediaType: mediaType ?? '' };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 100);
}
