;; A guest that catches whatever it can around every import and goes on: it answers what the import did, or 77 when
;; something was caught. A trap of the runtime must not be caught, nor the call go on after it.
(component
  (import "test:host/api" (instance $host
    (export "give" (func (result u32)))
    (export "wait" (func (param "n" u32) (result u32)))
    (export "text" (func (param "s" string)))
    (export "thing" (type $thing (sub resource)))
    (export "use" (func (param "t" (borrow $thing))))))
  (alias export $host "thing" (type $thing))
  (core module $Libc
    (memory (export "mem") 1)
    (data (i32.const 0) "\ff\fe\c0"))
  (core instance $libc (instantiate $Libc))
  (core func $give (canon lower (func $host "give")))
  (core func $wait (canon lower (func $host "wait")))
  (core func $text (canon lower (func $host "text") (memory (core memory $libc "mem"))))
  (core func $use (canon lower (func $host "use")))
  (canon resource.drop $thing (core func $drop))
  (core module $M
    (import "" "give" (func $give (result i32)))
    (import "" "wait" (func $wait (param i32) (result i32)))
    (import "" "text" (func $text (param i32 i32)))
    (import "" "use" (func $use (param i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "give") (result i32)
      (block $caught
        (try_table (catch_all $caught)
          (return (call $give))))
      (i32.const 77))
    (func (export "wait") (param i32) (result i32)
      (block $caught
        (try_table (catch_all $caught)
          (return (call $wait (local.get 0)))))
      (i32.const 77))
    (func (export "out-of-bounds") (result i32)
      (block $caught
        (try_table (catch_all $caught)
          (call $text (i32.const 65530) (i32.const 100))
          (return (i32.const 1))))
      (i32.const 77))
    (func (export "not-utf8") (result i32)
      (block $caught
        (try_table (catch_all $caught)
          (call $text (i32.const 0) (i32.const 3))
          (return (i32.const 1))))
      (i32.const 77))
    (func (export "foreign-handle") (result i32)
      (block $caught
        (try_table (catch_all $caught)
          (call $use (i32.const 99))
          (return (i32.const 1))))
      (i32.const 77))
    (func (export "drop-nothing") (result i32)
      (block $caught
        (try_table (catch_all $caught)
          (call $drop (i32.const 99))
          (return (i32.const 1))))
      (i32.const 77))
    ;; Catches, then tries another import: it must be refused as well.
    (func (export "again") (result i32)
      (block $caught
        (try_table (catch_all $caught)
          (return (call $give))))
      (block $caught-again
        (try_table (catch_all $caught-again)
          (return (i32.add (call $wait (i32.const 1)) (i32.const 100)))))
      (i32.const 77))
    ;; What a guest may catch is its own.
    (tag $own)
    (func (export "own") (result i32)
      (block $caught
        (try_table (catch_all $caught)
          (throw $own)))
      (i32.const 5)))
  (core instance $m (instantiate $M (with "" (instance
    (export "give" (func $give)) (export "wait" (func $wait)) (export "text" (func $text))
    (export "use" (func $use)) (export "drop" (func $drop))))))
  (func (export "give") (result u32) (canon lift (core func $m "give")))
  (func (export "wait") (param "n" u32) (result u32) (canon lift (core func $m "wait")))
  (func (export "out-of-bounds") (result u32) (canon lift (core func $m "out-of-bounds")))
  (func (export "not-utf8") (result u32) (canon lift (core func $m "not-utf8")))
  (func (export "foreign-handle") (result u32) (canon lift (core func $m "foreign-handle")))
  (func (export "drop-nothing") (result u32) (canon lift (core func $m "drop-nothing")))
  (func (export "again") (result u32) (canon lift (core func $m "again")))
  (func (export "own") (result u32) (canon lift (core func $m "own"))))
