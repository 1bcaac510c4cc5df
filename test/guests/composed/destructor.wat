;; The inner component defines a resource whose destructor calls the host function `wait`, which may suspend;
;; the outer one makes a thing and drops it. What comes back tells that the destructor had ended by then.
(component
  (import "test:host/api" (instance $host
    (export "wait" (func (param "n" u32) (result u32)))))

  (component $Inner
    (import "wait" (func $wait (param "n" u32) (result u32)))
    (core func $wait' (canon lower (func $wait)))
    (core module $M
      (import "" "wait" (func $wait (param i32) (result i32)))
      (global $destroyed (mut i32) (i32.const 0))
      (func (export "destroy") (param i32)
        (global.set $destroyed (i32.add (global.get $destroyed) (call $wait (local.get 0)))))
      (func (export "destroyed") (result i32) (global.get $destroyed)))
    (core instance $m (instantiate $M (with "" (instance (export "wait" (func $wait'))))))
    (type $thing' (resource (rep i32) (dtor (core func $m "destroy"))))
    (export $thing "thing" (type $thing'))
    (canon resource.new $thing' (core func $new))
    (core module $Make
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $make (instantiate $Make (with "" (instance (export "new" (func $new))))))
    (func (export "make") (param "n" u32) (result (own $thing)) (canon lift (core func $make "make")))
    (func (export "destroyed") (result u32) (canon lift (core func $m "destroyed"))))

  (component $Outer
    (import "inner" (instance $inner
      (export "thing" (type $thing (sub resource)))
      (export "make" (func (param "n" u32) (result (own $thing))))
      (export "destroyed" (func (result u32)))))
    (alias export $inner "thing" (type $thing))
    (core func $make (canon lower (func $inner "make")))
    (core func $destroyed (canon lower (func $inner "destroyed")))
    (canon resource.drop $thing (core func $drop))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "destroyed" (func $destroyed (result i32)))
      (func (export "run") (param i32) (result i32)
        (call $drop (call $make (local.get 0)))
        (call $destroyed)))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make)) (export "drop" (func $drop)) (export "destroyed" (func $destroyed))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))

  (alias export $host "wait" (func $wait))
  (instance $inner (instantiate $Inner (with "wait" (func $wait))))
  (instance $outer (instantiate $Outer (with "inner" (instance $inner))))
  (export "run" (func $outer "run"))
  ;; The inner component for the host itself: dropping a thing there runs the destructor as well.
  (export "test:inner/things" (instance $inner)))
