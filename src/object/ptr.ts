// What kinds of number are there?  Invariant: an object reference is the byte offset of the object's header, never 0; 0 is NULL.
// The brands below exist for the type checker only.

declare const objBrand: unique symbol;
declare const ptrBrand: unique symbol;

/** A reference to an object, or NULL (0).  Whether it is owned, borrowed or stolen is said by each function. */
export type Obj = number & { readonly [objBrand]: true };

/** The address of raw memory (not of an object), or 0. */
export type Ptr = number & { readonly [ptrBrand]: true };

/** NULL, as a result: an error whose exception is set, or "not there" where the function says so. */
export const NULL = 0 as Obj;
