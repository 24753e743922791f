import { execFileSync } from 'node:child_process';

/** Is there an AWS CLI on the PATH? Tests that walk through it are skipped where there is none. */
export const hasAws = (() => {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
