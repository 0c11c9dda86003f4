/** Scripts of LiteRT in CommonJS's form. */
declare module '@litertjs/core/wasm/*.js' {
  const makeModule: (settings: object) => Promise<object>;
  export default makeModule;
}
