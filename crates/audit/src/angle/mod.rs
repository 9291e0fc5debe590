//! The angle between a boundary and the line through two classes: what a penalty buys.
//!
//! Tanay & Griffin, "A new angle on L2 regularization" (2018). For the classes' centroids `i` and
//! `j`, `z = (j - i) / |j - i|`, and a boundary `w.x + b = 0` with `w` of length `|w|`:
//!
//! - the distance of a row is `d(x) = (w.x + b) / |w|`, towards the class of `j`;
//! - the *tilting angle* `theta` has `cos theta = z.w / |w|`. At 0 the boundary stands across the
//!   line between the centroids, as that of the nearest centroid does; the further it tilts, the
//!   nearer rows are to being called otherwise, without more of them being called wrongly;
//! - the *adversarial distance* `d_adv` is the mean of `y d(x)`. Averaged by class it is
//!   `|j - i| cos(theta) / 2`, whatever the shares of the classes; the plain mean is that where the
//!   classes weigh the same;
//! - the *error distance* `d_err` is the mean of `-y d(x)` over rows on the wrong side, 0 for others.
//!
//! A penalty is a dial between the two distances: a large `lambda` gives the first all say, and
//! `theta = 0`; a small one the second. [`RidgePath`] turns it for the squared loss in closed form,
//! [`TiltingPlane`] is the plane of `z` and `w`, in which the boundary is a line, and
//! [`nearest_other`] the least change that turns a row's call, within bounds on the columns: the
//! exact adversarial example of a linear model.
//!
//! Angles are those of the columns as they are given. Columns of unlike units are to be divided by
//! their spread first (the facade does so when asked).
//!
//! ```
//! use linecall_audit::angle::{Boundary, Pair};
//! use linecall_data::Design;
//!
//! let rows = [[0.0, 0.0], [0.0, 2.0], [4.0, 0.0], [4.0, 2.0]].map(|x| x.to_vec());
//! let design = Design::from_rows(&rows, &["a", "b"])?;
//! let pair = Pair::new(&design, &[0, 0, 1, 1], (0, 1), None)?;
//! let tilt = pair.tilt(&Boundary::new(vec![1.0, 1.0], -3.0)?)?;
//! assert!((tilt.degrees.unwrap() - 45.0).abs() < 1e-12);
//! assert!((tilt.d_adv_balanced.unwrap() - 2.0 * 0.5f64.sqrt()).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod pair;
mod path;
mod perturb;
mod plane;

pub use pair::{Boundary, Pair, Tilt};
pub use path::{MOST_TILTED, RidgePath};
pub use perturb::{Perturbation, Room, nearest_other};
pub use plane::{PlanePoint, TiltingPlane};
