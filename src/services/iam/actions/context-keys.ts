import { contextKeysOf, type AttachedPolicy } from '../../../policy/index.ts';
import { presentRows, readDocument, type IamDeps, type IamHandler } from '../core.ts';
import { simulatedPrincipal } from '../simulated-principal.ts';

/** The keys that policies ask for, in small letters. */
function keysOf(policies: readonly AttachedPolicy[]): string[] {
  return [...contextKeysOf(policies)].sort();
}

function given(texts: readonly string[]): AttachedPolicy[] {
  return texts.map((text, index) => ({
    name: `PolicyInputList.${index + 1}`,
    document: readDocument(text, 'inline'),
  }));
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html */
export function getContextKeysForCustomPolicy(): IamHandler<'GetContextKeysForCustomPolicy'> {
  return ({ PolicyInputList }) => ({ ContextKeyNames: keysOf(given(PolicyInputList)) });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html */
export function getContextKeysForPrincipalPolicy({ db }: IamDeps): IamHandler<'GetContextKeysForPrincipalPolicy'> {
  return ({ PolicySourceArn, PolicyInputList = [] }, { account }) => {
    const { policies } = simulatedPrincipal(presentRows(db), account, PolicySourceArn);
    return { ContextKeyNames: keysOf([...policies, ...given(PolicyInputList)]) };
  };
}
