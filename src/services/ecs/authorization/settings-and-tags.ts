import type { Rows } from '../references.ts';
import { ask, askAny, givenTags, type EcsAuthorization } from './ask.ts';
import { plainArn } from './resources.ts';

/** Account settings, and the tags of whatever has some. */
export function settingAndTagQuestions(rows: Rows) {
  return {
    DeleteAccountSetting: ({ name }) => [askAny('DeleteAccountSetting', { 'ecs:account-setting': name })],
    ListAccountSettings: () => [askAny('ListAccountSettings')],
    ListTagsForResource: ({ resourceArn }) => [ask(rows, 'ListTagsForResource', plainArn(resourceArn))],
    PutAccountSetting: ({ name }) => [askAny('PutAccountSetting', { 'ecs:account-setting': name })],
    PutAccountSettingDefault: ({ name }) => [askAny('PutAccountSettingDefault', { 'ecs:account-setting': name })],
    TagResource: ({ resourceArn, tags }) => [
      ask(rows, 'TagResource', plainArn(resourceArn), { requestTags: givenTags(tags) }),
    ],
    UntagResource: ({ resourceArn, tagKeys }) => [ask(rows, 'UntagResource', plainArn(resourceArn), { tagKeys })],
  } satisfies EcsAuthorization;
}
