import { invalidCombination, rdsError } from '../errors.ts';
import type { PostgresImage } from '../ports.ts';

/**
 * The image for a version: `15` means any 15.x at hand, nothing the first image.
 * @throws InvalidParameterCombination in AWS's words for a version that is not at hand; InsufficientDBInstanceCapacity when there is no image at all
 */
export function imageFor(images: readonly PostgresImage[], version: string | undefined): PostgresImage {
  const [first] = images;
  if (first === undefined)
    throw rdsError(
      'InsufficientDBInstanceCapacity',
      'No image of PostgreSQL is at hand: run "longshore image --postgres" where PostgreSQL is installed, or "docker pull postgres:16"; one that is named by --rds-postgres-image must be in the engine',
    );
  if (version === undefined) return first;
  const found = images.find((image) => image.version === version || image.version.startsWith(`${version}.`));
  if (found !== undefined) return found;
  throw invalidCombination(
    `Cannot find version ${version} for postgres (at hand: ${images.map((image) => image.version).join(', ')})`,
  );
}

/** Such as `15` of `15.18`, and `9.6` of `9.6.24`. */
export function majorVersion(version: string): string {
  const [first = '', second = ''] = version.split('.');
  return Number(first) < 10 ? `${first}.${second}` : first;
}
