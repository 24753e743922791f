import { execFileSync } from 'node:child_process';

/** Is a program on the PATH, and does it end well with these parameters? */
export function answers(program: string, ...parameters: readonly string[]): boolean {
  try {
    execFileSync(program, parameters, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Is there an AWS CLI? Tests that walk through it are skipped where there is none. */
export const hasAws = answers('aws', '--version');
