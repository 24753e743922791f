import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { MalformedPolicy, parsePolicy } from '../policy/index.ts';
import type { RegistryTokens, TokenHolder } from '../services/ecr/index.ts';

const ivBytes = 12;
const tagBytes = 16;

/** The registry's passwords: what they say, sealed with a key of their own that follows from the installation's (AES-256-GCM). */
export function registryTokens(sealingKey: Buffer): RegistryTokens {
  const key = createHmac('sha256', sealingKey).update('registry').digest();
  return {
    seal(holder) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const text = Buffer.concat([cipher.update(JSON.stringify(holder), 'utf8'), cipher.final()]);
      return Buffer.concat([iv, text, cipher.getAuthTag()]).toString('base64url');
    },
    open(password) {
      const sealed = Buffer.from(password, 'base64url');
      if (sealed.length <= ivBytes + tagBytes) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      try {
        const text = Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()]);
        return JSON.parse(text.toString('utf8')) as TokenHolder;
      } catch {
        return undefined; // not sealed by this installation: a wrong password, like any other
      }
    },
    basic: (password) => Buffer.from(`AWS:${password}`).toString('base64'),
  };
}

/** What IAM says against the policy of a repository; undefined: nothing. */
export function repositoryPolicyProblem(text: string): string | undefined {
  try {
    parsePolicy(text, { kind: 'resource', resourceElement: 'optional' });
    return undefined;
  } catch (error) {
    if (error instanceof MalformedPolicy) return `${error.message} (${error.detail})`;
    throw error;
  }
}
