import type { EpochMs } from '../../kernel/index.ts';

/** How images are cleaned up; the names at AWS are in environment.ts. */
export interface ImageCleanupSettings {
  readonly disabled: boolean;
  /** Between two looks. */
  readonly intervalMs: number;
  /** Since the pull. */
  readonly minimumAgeMs: number;
  /** Images removed in one look. */
  readonly perCycle: number;
  /** Also images that the agent did not pull. */
  readonly untracked: boolean;
  /** Since such an image was built. */
  readonly untrackedMinimumAgeMs: number;
  /** `name:tag` of such images that stay. */
  readonly exclude: readonly string[];
}

/** A reference that this agent pulled, and that was not on the machine before. */
export interface TrackedImage {
  readonly reference: string;
  /** What it stood for after the latest pull: `sha256:…` */
  readonly imageId: string;
  readonly pulledAtMs: EpochMs;
  /** When a task wanted it last. */
  readonly usedAtMs: EpochMs;
}

/** An image the engine has. */
export interface EngineImage {
  readonly id: string;
  /** Its tags, and digests of registries; all references under which it can be removed. */
  readonly references: readonly string[];
  readonly createdAtMs: EpochMs;
}

export interface CleanupView {
  readonly nowMs: EpochMs;
  readonly settings: ImageCleanupSettings;
  readonly tracked: readonly TrackedImage[];
  readonly images: readonly EngineImage[];
  /** References and ids that a task of this agent, running or not yet cleaned up, has. */
  readonly inUse: ReadonlySet<string>;
  /** Ids that some container of the engine has, anybody's. */
  readonly ofContainers: ReadonlySet<string>;
}

export type CleanupAction =
  /** The reference is no longer what the agent pulled, or is gone: it is somebody else's business now. */
  | { readonly kind: 'forget'; readonly reference: string }
  /** Removing a reference removes the image only when it was the last one; it never removes what a container uses. */
  | { readonly kind: 'remove'; readonly reference: string };

/** What belongs to Longshore itself, or was built on this machine by it. */
const ownPrefix = 'longshore/';

/**
 * Which images go in this look: of those the agent pulled, the least recently used first; then, only when it is asked to, others.
 * Nothing in use goes, nothing younger than its age, and never more than `perCycle`. Pure.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/automated_image_cleanup.html
 */
export function decideRemovals(view: CleanupView): readonly CleanupAction[] {
  const { settings, tracked } = view;
  if (settings.disabled) return [];
  const ids = new Map(
    view.images.flatMap(({ id, references }) => references.map((name) => [canonicalReference(name), id] as const)),
  );
  const stands = ({ reference, imageId }: TrackedImage): boolean => ids.get(canonicalReference(reference)) === imageId;
  const forgotten = tracked.filter((image) => !stands(image));
  const own = tracked
    .filter((image) => stands(image) && mayGo(view, image))
    .toSorted((a, b) => a.usedAtMs - b.usedAtMs)
    .map(({ reference }) => reference);
  const removed = [...own, ...(settings.untracked ? untracked(view) : [])].slice(0, settings.perCycle);
  return [
    ...forgotten.map(({ reference }): CleanupAction => ({ kind: 'forget', reference })),
    ...removed.map((reference): CleanupAction => ({ kind: 'remove', reference })),
  ];
}

function mayGo({ nowMs, settings, inUse, ofContainers }: CleanupView, image: TrackedImage): boolean {
  const used = [image.reference, image.imageId].some((name) => inUse.has(name)) || ofContainers.has(image.imageId);
  return !used && nowMs - image.pulledAtMs >= settings.minimumAgeMs;
}

/** Images of others, oldest first; all references of an image, because one that stays keeps it. */
function untracked(view: CleanupView): readonly string[] {
  const { nowMs, settings, inUse, ofContainers } = view;
  const kept = new Set(
    [...inUse, ...view.tracked.map(({ reference }) => reference), ...settings.exclude].map(canonicalReference),
  );
  return view.images
    .filter(({ id, references, createdAtMs }) => {
      if (inUse.has(id) || ofContainers.has(id) || nowMs - createdAtMs < settings.untrackedMinimumAgeMs) return false;
      const names = references.map(canonicalReference);
      return !names.some((name) => kept.has(name) || name.startsWith(ownPrefix));
    })
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs)
    .flatMap(({ references }) => {
      const tags = references.filter((name) => !name.includes('@'));
      return tags.length > 0 ? tags : references; // the digests go with the last tag
    });
}

/** One spelling of what engines and users write in several: Docker Hub and this machine are not named, a missing tag is `latest`. */
export function canonicalReference(reference: string): string {
  const name = reference.replace(/^(docker\.io\/library|docker\.io|localhost)\//, '');
  const [repository = '', digest] = name.split('@');
  const tagged = /:[^/]*$/.test(repository);
  if (digest !== undefined) return `${repository.replace(/:[^/:]*$/, '')}@${digest}`;
  return tagged ? name : `${name}:latest`;
}
