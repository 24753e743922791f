/** What AWS says of a revision that does not exist, outside DescribeTaskDefinition and RunTask. */
export const definitionNotFound =
  'The specified task definition does not exist. Specify a valid account, family, revision and try again.';
