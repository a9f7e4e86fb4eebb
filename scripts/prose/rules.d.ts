/** These packages have no types. */
declare module 'textlint-rule-terminology' {
  const rule: import('@textlint/types').TextlintRuleModule;
  export default rule;
}
declare module 'textlint-rule-sentence-length' {
  const commonjs: { readonly default: import('@textlint/types').TextlintRuleModule };
  export default commonjs;
}
