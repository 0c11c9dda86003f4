/** Scripts of LiteRT, loaded for what they define. */
declare module '@litertjs/core/wasm/*.js';
