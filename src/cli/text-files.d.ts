declare module '*/CHANGELOG.md' {
  const text: string;
  export default text;
}
