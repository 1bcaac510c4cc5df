;; Two ways back into an instance that is busy. The inner component is handed a function of the outer world by the
;; host (`call-back` calls an export of this very instance), and an import is called from `realloc`, where the
;; instance may not be left.
(component
  (import "test:host/api" (instance $host
    (export "call-back" (func (param "n" u32) (result u32)))
    (export "text" (func (result string)))))
  (core module $Table
    (table (export "t") 1 funcref))
  (core instance $table (instantiate $Table))
  (core module $Libc
    (import "" "t" (table 1 funcref))
    (type $f (func (param i32) (result i32)))
    (global $leave (export "leave") (mut i32) (i32.const 0))
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (if (global.get $leave)
        (then (drop (call_indirect (type $f) (i32.const 5) (i32.const 0)))))
      (i32.const 1024)))
  (core instance $libc (instantiate $Libc (with "" (instance $table))))
  (core func $call-back (canon lower (func $host "call-back")))
  (core func $text (canon lower (func $host "text")
    (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
  (core module $M
    (import "" "call-back" (func $call-back (param i32) (result i32)))
    (import "" "text" (func $text (param i32)))
    (import "" "leave" (global $leave (mut i32)))
    (import "" "mem" (memory 1))
    (import "" "t" (table 1 funcref))
    (elem (i32.const 0) func $call-back)
    (func (export "call-back") (param i32) (result i32) (call $call-back (local.get 0)))
    (func (export "length") (result i32)
      (call $text (i32.const 0))
      (i32.load (i32.const 4)))
    (func (export "leave-in-realloc") (result i32)
      (global.set $leave (i32.const 1))
      (call $text (i32.const 0))
      (i32.load (i32.const 4)))
    (func (export "leave-in-post-return") (result i32) (i32.const 0))
    (func (export "post") (param i32) (drop (call $call-back (i32.const 1)))))
  (core instance $m (instantiate $M (with "" (instance
    (export "call-back" (func $call-back)) (export "text" (func $text)) (export "t" (table $table "t"))
    (export "leave" (global $libc "leave")) (export "mem" (memory $libc "mem"))))))
  (func (export "call-back") (param "n" u32) (result u32) (canon lift (core func $m "call-back")))
  (func (export "length") (result u32) (canon lift (core func $m "length")))
  (func (export "leave-in-realloc") (result u32) (canon lift (core func $m "leave-in-realloc")))
  (func (export "leave-in-post-return") (result u32)
    (canon lift (core func $m "leave-in-post-return") (post-return (core func $m "post")))))
