// What are the bytes of a WebAssembly module?  Invariant: this file knows the binary format (WebAssembly core specification 2.0,
// chapter 5) and nothing of what is compiled into it.

/** A value type; 'void' is the absence of one. @typedef {'i32' | 'f64' | 'void'} Type */
/** @typedef {{ params: Type[], result: Type }} Signature */

export const OP = /** @type {const} */ ({
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  br_table: 0x0e,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  local_get: 0x20,
  local_set: 0x21,
  local_tee: 0x22,
  global_get: 0x23,
  i32_load: 0x28,
  f32_load: 0x2a,
  f64_load: 0x2b,
  i32_load8_s: 0x2c,
  i32_load8_u: 0x2d,
  i32_load16_s: 0x2e,
  i32_load16_u: 0x2f,
  i32_store: 0x36,
  f32_store: 0x38,
  f64_store: 0x39,
  i32_store8: 0x3a,
  i32_store16: 0x3b,
  i32_const: 0x41,
  f64_const: 0x44,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_gt_s: 0x4a,
  i32_gt_u: 0x4b,
  i32_le_s: 0x4c,
  i32_le_u: 0x4d,
  i32_ge_s: 0x4e,
  i32_ge_u: 0x4f,
  f64_eq: 0x61,
  f64_ne: 0x62,
  f64_lt: 0x63,
  f64_gt: 0x64,
  f64_le: 0x65,
  f64_ge: 0x66,
  i32_clz: 0x67,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_rem_s: 0x6f,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  f64_abs: 0x99,
  f64_neg: 0x9a,
  f64_ceil: 0x9b,
  f64_floor: 0x9c,
  f64_trunc: 0x9d,
  f64_sqrt: 0x9f,
  f64_add: 0xa0,
  f64_sub: 0xa1,
  f64_mul: 0xa2,
  f64_div: 0xa3,
  f64_convert_i32_s: 0xb7,
  f32_demote_f64: 0xb6,
  f64_promote_f32: 0xbb,
});

/** @param {Type} t */
export const typeByte = (t) => (t === 'i32' ? 0x7f : t === 'f64' ? 0x7c : 0x40);

/** @param {number} n */
export function unsigned(n) {
  const out = [];
  do {
    const low = n & 127;
    n >>>= 7;
    out.push(n === 0 ? low : low | 128);
  } while (n !== 0);
  return out;
}

/** @param {number} n */
export function signed(n) {
  const out = [];
  for (;;) {
    const low = n & 127;
    n >>= 7;
    if ((n === 0 && (low & 64) === 0) || (n === -1 && (low & 64) !== 0)) return [...out, low];
    out.push(low | 128);
  }
}

/** @param {number} x */
export function float64(x) {
  return [...new Uint8Array(new Float64Array([x]).buffer)];
}

/** @param {string} s */
function text(s) {
  const bytes = [...new TextEncoder().encode(s)];
  return [...unsigned(bytes.length), ...bytes];
}

/** @param {number[][]} items */
function vector(items) {
  return [...unsigned(items.length), ...items.flat()];
}

/** @param {number} id @param {number[]} body */
function section(id, body) {
  return [id, ...unsigned(body.length), ...body];
}

/**
 * The module.  Function indices: the imports first, then `functions`; the memory is imported as memory.memory, the functions as
 * js.NAME, the immutable i32 globals as global.NAME.
 * @param {{
 *   imports: { name: string, signature: Signature }[],
 *   globals: string[],
 *   functions: { name: string, signature: Signature, locals: Type[], code: number[] }[],
 *   exported: string[],
 * }} m
 * @returns {Uint8Array}
 */
export function encodeModule({ imports, globals, functions, exported }) {
  /** @type {Map<string, number>} */
  const types = new Map();
  /** @type {number[][]} */
  const typeBodies = [];
  const typeOf = (/** @type {Signature} */ s) => {
    const key = `${s.params.join()}:${s.result}`;
    let index = types.get(key);
    if (index === undefined) {
      index = typeBodies.length;
      types.set(key, index);
      typeBodies.push([
        0x60,
        ...vector(s.params.map((t) => [typeByte(t)])),
        ...vector(s.result === 'void' ? [] : [[typeByte(s.result)]]),
      ]);
    }
    return unsigned(index);
  };
  const importBodies = [
    [...text('memory'), ...text('memory'), 2, 0, 1],
    ...globals.map((name) => [...text('global'), ...text(name), 3, 0x7f, 0]),
    ...imports.map((f) => [...text('js'), ...text(f.name), 0, ...typeOf(f.signature)]),
  ];
  const declared = functions.map((f) => typeOf(f.signature));
  const bodies = functions.map((f) => {
    /** @type {number[][]} */
    const runs = [];
    for (let i = 0; i < f.locals.length; ) {
      let n = i;
      while (n < f.locals.length && f.locals[n] === f.locals[i]) n++;
      runs.push([...unsigned(n - i), typeByte(f.locals[i])]);
      i = n;
    }
    const body = vector(runs).concat(f.code, OP.end);
    return unsigned(body.length).concat(body);
  });
  const names = functions.map((f, i) => [...unsigned(imports.length + i), ...text(f.name)]);
  const nameMap = vector(names);
  return Uint8Array.from(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].concat(
      section(1, vector(typeBodies)),
      section(2, vector(importBodies)),
      section(3, vector(declared)),
      section(
        7,
        vector(
          exported.map((name) => [
            ...text(name),
            0,
            ...unsigned(imports.length + functions.findIndex((f) => f.name === name)),
          ]),
        ),
      ),
      section(10, vector(bodies)),
      section(0, [...text('name'), 1, ...unsigned(nameMap.length), ...nameMap]),
    ),
  );
}
