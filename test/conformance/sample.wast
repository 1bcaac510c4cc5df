;; A small script in the manner of the specification's tests, so that some of it runs without a checkout. Every
;; command must agree.

;; --- binaries -----------------------------------------------------------------------------------------------

(component binary "\00asm" "\0d\00\01\00")
(assert_malformed (component binary "") "unexpected end")
(assert_malformed (component binary "\00asm") "unexpected end")
(assert_malformed (component binary "asm\00\0d\00\01\00") "magic header not detected")
(assert_malformed (component binary "\00asm\0d\00\01\00" "\01\05\00") "unexpected end")
(assert_malformed (component binary "\00asm\0d\00\01\00" "\3f\00") "unknown section")
(assert_malformed (component binary "\00asm\0d\00\01\00" "\07\ff\ff\ff\ff\ff\00") "integer too large")

;; --- types --------------------------------------------------------------------------------------------------

(component definition
  (type (record (field "a" u8) (field "b-c" string)))
  (type (variant (case "x") (case "y" u32)))
  (type (flags "one" "two"))
  (type (option (list (tuple s8 f64 char)))))
(assert_invalid (component (type (record))) "at least one field")
(assert_invalid (component (type (variant))) "at least one case")
(assert_invalid (component (type (record (field "a" u8) (field "A" u8)))) "conflicts with previous field")
(assert_invalid (component (type (enum "1a"))) "not in kebab case")
(assert_invalid (component (type (list 4))) "type index out of bounds")
(assert_invalid (component (import "f" (func)) (import "f" (func))) "conflicts with previous name")

;; --- numbers, their edges, and bits that mean nothing -----------------------------------------------------------

(component
  (core module $M
    (func (export "same") (param i32) (result i32) (local.get 0))
    (func (export "same64") (param i64) (result i64) (local.get 0))
    (func (export "wide") (param i32) (result i32) (i32.or (local.get 0) (i32.const 0x7fffff00)))
    (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
    (func (export "surrogate") (result i32) (i32.const 0xd800)))
  (core instance $m (instantiate $M))
  (func (export "u8") (param "n" u8) (result u8) (canon lift (core func $m "same")))
  (func (export "s8") (param "n" s8) (result s8) (canon lift (core func $m "same")))
  (func (export "u32") (param "n" u32) (result u32) (canon lift (core func $m "same")))
  (func (export "s64") (param "n" s64) (result s64) (canon lift (core func $m "same64")))
  (func (export "u64") (param "n" u64) (result u64) (canon lift (core func $m "same64")))
  (func (export "char") (param "c" char) (result char) (canon lift (core func $m "same")))
  (func (export "wide-u8") (param "n" u8) (result u8) (canon lift (core func $m "wide")))
  (func (export "wide-bool") (param "n" bool) (result bool) (canon lift (core func $m "wide")))
  (func (export "half") (param "x" f64) (result f64) (canon lift (core func $m "half")))
  (func (export "surrogate") (result char) (canon lift (core func $m "surrogate"))))
(assert_return (invoke "u8" (u8.const 255)) (u8.const 255))
(assert_return (invoke "s8" (s8.const -128)) (s8.const -128))
(assert_return (invoke "u32" (u32.const 4_294_967_295)) (u32.const 0xffffffff))
(assert_return (invoke "s64" (s64.const -9223372036854775808)) (s64.const -0x8000000000000000))
(assert_return (invoke "u64" (u64.const 18446744073709551615)) (u64.const 0xffffffffffffffff))
(assert_return (invoke "char" (char.const "\u{10ffff}")) (char.const "\u{10ffff}"))
(assert_return (invoke "wide-u8" (u8.const 7)) (u8.const 7))
(assert_return (invoke "wide-bool" (bool.const false)) (bool.const true))
(assert_return (invoke "half" (f64.const 5)) (f64.const 2.5))
(assert_return (invoke "half" (f64.const nan)) (f64.const nan))
(assert_return (invoke "half" (f64.const -inf)) (f64.const -inf))
(assert_trap (invoke "surrogate") "char")
(assert_trap (invoke "u8" (u8.const 1)) "cannot enter component instance")

;; --- strings and lists where they must not be ---------------------------------------------------------------------

(component definition $Texts
  (core module $M
    (memory (export "mem") 1)
    (data (i32.const 100) "gr\c3\bc\c3\9fe" "\c0\af")
    (func $answer (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1))
      (i32.const 0))
    (func (export "good") (result i32) (call $answer (i32.const 100) (i32.const 7)))
    (func (export "overlong") (result i32) (call $answer (i32.const 107) (i32.const 2)))
    (func (export "cut") (result i32) (call $answer (i32.const 100) (i32.const 3)))
    (func (export "at-end") (result i32) (call $answer (i32.const 65536) (i32.const 0)))
    (func (export "past-end") (result i32) (call $answer (i32.const 65537) (i32.const 0)))
    (func (export "endless") (result i32) (call $answer (i32.const 100) (i32.const -1)))
    (func (export "odd") (result i32) (call $answer (i32.const 1) (i32.const 0)))
    (func (export "many") (result i32) (call $answer (i32.const 0) (i32.const 0x40000001)))
    (func (export "askew") (result i32) (i32.const 2)))
  (core instance $m (instantiate $M))
  (func (export "good") (result string) (canon lift (core func $m "good") (memory (core memory $m "mem"))))
  (func (export "overlong") (result string) (canon lift (core func $m "overlong") (memory (core memory $m "mem"))))
  (func (export "cut") (result string) (canon lift (core func $m "cut") (memory (core memory $m "mem"))))
  (func (export "at-end") (result string) (canon lift (core func $m "at-end") (memory (core memory $m "mem"))))
  (func (export "past-end") (result string) (canon lift (core func $m "past-end") (memory (core memory $m "mem"))))
  (func (export "endless") (result string) (canon lift (core func $m "endless") (memory (core memory $m "mem"))))
  (func (export "odd") (result (list u16)) (canon lift (core func $m "odd") (memory (core memory $m "mem"))))
  (func (export "odd-bytes") (result (list u8)) (canon lift (core func $m "odd") (memory (core memory $m "mem"))))
  (func (export "many") (result (list u32)) (canon lift (core func $m "many") (memory (core memory $m "mem"))))
  (func (export "askew") (result string) (canon lift (core func $m "askew") (memory (core memory $m "mem")))))
(component instance $t $Texts)
(assert_return (invoke "good") (str.const "grüße"))
(assert_return (invoke "at-end") (str.const ""))
(assert_return (invoke "odd-bytes") (list.const))
(assert_trap (invoke "overlong") "utf-8")
(component instance $t $Texts)
(assert_trap (invoke "cut") "utf-8")
(component instance $t $Texts)
(assert_trap (invoke "past-end") "out of bounds")
(component instance $t $Texts)
(assert_trap (invoke "endless") "out of bounds")
(component instance $t $Texts)
(assert_trap (invoke "odd") "unaligned")
(component instance $t $Texts)
(assert_trap (invoke "many") "out of bounds")
(component instance $t $Texts)
(assert_trap (invoke "askew") "unaligned")

;; --- compound values ------------------------------------------------------------------------------------------

(component
  (core module $M
    (memory (export "mem") 1)
    (global $top (mut i32) (i32.const 64))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (local.set $p
        (i32.and
          (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get 2))))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (local.get $p))
    (func (export "pair") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1))
      (i32.const 0))
    (func (export "flags") (param i32) (result i32) (i32.or (local.get 0) (i32.const 4)))
    (func (export "either") (param i32 i32) (result i32)
      (i32.store8 (i32.const 0) (i32.eqz (local.get 0)))
      (i32.store8 (i32.const 1) (local.get 1))
      (i32.const 0))
    (func (export "nonsense") (result i32)
      (i32.store8 (i32.const 0) (i32.const 2))
      (i32.const 0)))
  (core instance $m (instantiate $M))
  (func (export "words") (param "l" (list string)) (result (list string))
    (canon lift (core func $m "pair") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (type $f' (flags "read" "write" "run"))
  (export $f "perms" (type $f'))
  (func (export "flags") (param "f" $f) (result $f) (canon lift (core func $m "flags")))
  (func (export "either") (param "r" (result u8 (error u8))) (result (result u8 (error u8)))
    (canon lift (core func $m "either") (memory (core memory $m "mem"))))
  (func (export "nonsense") (result (option u8))
    (canon lift (core func $m "nonsense") (memory (core memory $m "mem")))))
(assert_return (invoke "words" (list.const (str.const "") (str.const "é") (str.const "\u{1f600}")))
  (list.const (str.const "") (str.const "é") (str.const "\u{1f600}")))
(assert_return (invoke "flags" (flags.const "write")) (flags.const "write" "run"))
(assert_return (invoke "either" (result.ok (u8.const 9))) (result.err (u8.const 9)))
(assert_return (invoke "either" (result.err (u8.const 0))) (result.ok (u8.const 0)))
(assert_trap (invoke "nonsense") "unexpected discriminant")

;; --- slots that cases share: an i64 is wrapped for a case that wants 32 bits -------------------------------------

(component
  (component $Taker
    (type $v' (variant (case "wide" u64) (case "narrow" u8) (case "real" f32) (case "text" string)))
    (export $v "v" (type $v'))
    (core module $M
      (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 128))
      ;; what arrives, as u64: the slot itself, or for text its length times 1000 and its first byte
      (func (export "take") (param i32 i64 i32) (result i64)
        (if (i32.ne (local.get 0) (i32.const 3)) (then (return (local.get 1))))
        (i64.add
          (i64.mul (i64.extend_i32_u (local.get 2)) (i64.const 1000))
          (i64.extend_i32_u (i32.load8_u (i32.wrap_i64 (local.get 1)))))))
    (core instance $m (instantiate $M))
    (func (export "take") (param "v" $v) (result u64)
      (canon lift (core func $m "take") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (instance $taker (instantiate $Taker))
  (alias export $taker "v" (type $v))
  (core module $Libc (memory (export "mem") 1) (data (i32.const 64) "four"))
  (core instance $libc (instantiate $Libc))
  (core func $take (canon lower (func $taker "take") (memory (core memory $libc "mem"))))
  (core module $Giver
    (import "" "take" (func $take (param i32 i64 i32) (result i64)))
    (func (export "wide") (result i64) (call $take (i32.const 0) (i64.const 0x1234567800000001) (i32.const 9)))
    (func (export "narrow") (result i64) (call $take (i32.const 1) (i64.const 0x1234567800000107) (i32.const 9)))
    (func (export "real") (result i64) (call $take (i32.const 2) (i64.const 0x123456783fc00000) (i32.const 9)))
    (func (export "text") (result i64) (call $take (i32.const 3) (i64.const 0x1234567800000040) (i32.const 4)))
    (func (export "none") (result i64) (call $take (i32.const 4) (i64.const 0) (i32.const 0))))
  (core instance $giver (instantiate $Giver (with "" (instance (export "take" (func $take))))))
  (func (export "wide") (result u64) (canon lift (core func $giver "wide")))
  (func (export "narrow") (result u64) (canon lift (core func $giver "narrow")))
  (func (export "real") (result u64) (canon lift (core func $giver "real")))
  (func (export "text") (result u64) (canon lift (core func $giver "text")))
  (func (export "none") (result u64) (canon lift (core func $giver "none"))))
(assert_return (invoke "wide") (u64.const 0x1234567800000001))
(assert_return (invoke "narrow") (u64.const 7))
(assert_return (invoke "real") (u64.const 0x3fc00000))
(assert_return (invoke "text") (u64.const 4102))
(assert_trap (invoke "none") "unexpected discriminant")

;; --- composition ----------------------------------------------------------------------------------------------

(component
  (component $Inner
    (core module $M (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
    (core instance $m (instantiate $M))
    (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $m "twice"))))
  (component $Outer
    (import "twice" (func $twice (param "n" u32) (result u32)))
    (core func $twice' (canon lower (func $twice)))
    (core module $M
      (import "" "twice" (func $twice (param i32) (result i32)))
      (func (export "four") (param i32) (result i32) (call $twice (call $twice (local.get 0)))))
    (core instance $m (instantiate $M (with "" (instance (export "twice" (func $twice'))))))
    (func (export "four") (param "n" u32) (result u32) (canon lift (core func $m "four"))))
  (instance $inner (instantiate $Inner))
  (instance $outer (instantiate $Outer (with "twice" (func $inner "twice"))))
  (export "four" (func $outer "four")))
(assert_return (invoke "four" (u32.const 3)) (u32.const 12))
(assert_invalid
  (component
    (component $C (import "f" (func (param "n" u32))))
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (func $f (canon lift (core func $m "f")))
    (instance (instantiate $C (with "f" (func $f)))))
  "type mismatch")
(assert_invalid (component (component $C (import "f" (func))) (instance (instantiate $C))) "missing import")
(assert_invalid
  (component
    (core module $M (func (export "f") (param i64)))
    (core instance $m (instantiate $M))
    (func (export "f") (param "n" u32) (canon lift (core func $m "f"))))
  "lowered parameter types")

;; --- handles --------------------------------------------------------------------------------------------------

(component definition $Handles
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $rep (canon resource.rep $r))
  (core func $drop (canon resource.drop $r))
  (core module $M
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "first") (result i32) (call $new (i32.const 42)))
    (func (export "reused") (result i32)
      (call $drop (call $new (i32.const 1)))
      (call $new (i32.const 2)))
    (func (export "value") (result i32) (call $rep (call $new (i32.const 43))))
    (func (export "zero") (result i32) (call $rep (i32.const 0)))
    (func (export "unknown") (result i32) (call $rep (i32.const 7)))
    (func (export "gone") (result i32)
      (local $h i32)
      (local.set $h (call $new (i32.const 1)))
      (call $drop (local.get $h))
      (call $rep (local.get $h))))
  (core instance $m (instantiate $M (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (func (export "first") (result u32) (canon lift (core func $m "first")))
  (func (export "reused") (result u32) (canon lift (core func $m "reused")))
  (func (export "value") (result u32) (canon lift (core func $m "value")))
  (func (export "zero") (result u32) (canon lift (core func $m "zero")))
  (func (export "unknown") (result u32) (canon lift (core func $m "unknown")))
  (func (export "gone") (result u32) (canon lift (core func $m "gone"))))
(component instance $h $Handles)
(assert_return (invoke "first") (u32.const 1))
(assert_return (invoke "value") (u32.const 43))
(component instance $h $Handles)
(assert_return (invoke "reused") (u32.const 1))
(assert_trap (invoke "zero") "unknown handle index")
(component instance $h $Handles)
(assert_trap (invoke "unknown") "unknown handle index")
(component instance $h $Handles)
(assert_trap (invoke "gone") "unknown handle index")

;; --- instantiation that ends badly ------------------------------------------------------------------------------

(component definition $Start
  (core module $M (func $s unreachable) (start $s))
  (core instance (instantiate $M)))
(assert_trap (component instance $s $Start) "unreachable")
