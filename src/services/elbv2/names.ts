import { validationError } from './errors.ts';

const maxNameLength = 32;

/** @throws ValidationError for a name AWS does not take; `subject` begins the sentence, such as `Target group name` */
export function checkName(subject: string, name: string): void {
  if (name.length > maxNameLength) {
    throw validationError(`${subject} '${name}' cannot be longer than '${maxNameLength}' characters`);
  }
  if (name === '') throw validationError(`${subject} cannot be empty`);
  if (!/^[a-zA-Z0-9-]+$/.test(name)) {
    throw validationError(
      `${subject} '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  }
  if (name.startsWith('-') || name.endsWith('-')) {
    throw validationError(`${subject} '${name}' cannot begin or end with a hyphen(-)`);
  }
}

/** @throws ValidationError */
export function checkLoadBalancerName(name: string): void {
  checkName('The load balancer name', name);
  if (name.startsWith('internal-'))
    throw validationError(`The load balancer name '${name}' cannot begin with 'internal-'`);
}
