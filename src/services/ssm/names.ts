import { ApiError } from '../../protocol/api/index.ts';
import { validationException } from './errors.ts';
import { maxLevels, maxNameLength } from './limits.ts';
import { parameterArn, type Scope } from './records/parameter.ts';

const characters = /^[A-Za-z0-9_.\-/]+$/;

const rules =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

/**
 * Checks the name of a new parameter.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 * @throws ValidationException, HierarchyLevelLimitExceededException, AccessDeniedException for names AWS keeps for itself
 */
export function checkName(scope: Scope, name: string): void {
  if (!characters.test(name)) throw validationException(rules);
  if (name.includes('/') && !name.startsWith('/'))
    throw validationException('Parameter name must be a fully qualified name.');
  const levels = name.replace(/^\//, '').split('/');
  if (levels.includes('')) throw validationException(rules);
  const first = (levels[0] ?? '').toLowerCase();
  if (first.startsWith('aws'))
    throw new ApiError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  if (first.startsWith('ssm')) throw validationException(rules);
  if (levels.length > maxLevels)
    throw new ApiError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${maxLevels} levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.`,
    );
  // AWS counts what the ARN puts before the name.
  if (parameterArn({ ...scope, name }).length > maxNameLength)
    throw validationException(
      `The parameter name '${name.slice(0, 40)}…' is too long: its ARN can have at most ${maxNameLength} characters`,
    );
}

/** A parameter as GetParameter names it: `name`, `name:3` or `name:label`, the name possibly an ARN. */
export interface NameWithSelector {
  readonly id: string;
  /** With its colon, as the answer has it. */
  readonly selector?: string;
}

/** @throws ValidationException when it can be no parameter's name */
export function readName(text: string): NameWithSelector {
  const arn = /^(arn:[^:]*:[^:]*:[^:]*:[^:]*:)(.*)$/s.exec(text);
  const [before, rest] = arn === null ? ['', text] : [arn[1] ?? '', arn[2] ?? ''];
  const [name = '', selector, ...more] = rest.split(':');
  if (name === '' || more.length > 0 || !characters.test(name) || selector === '')
    throw validationException(
      `Invalid parameter name '${text}'. Please use a name, an ARN, or either with :version or :label behind it.`,
    );
  return { id: `${before}${name}`, ...(selector === undefined ? {} : { selector: `:${selector}` }) };
}
